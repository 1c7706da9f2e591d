import { errorIn, lineEnd } from './scp-source.ts';

/** What the end that gets the files answers: null for yes, else why not. */
export type ScpAnswer =
  | { readonly kind: 'answer'; readonly error: string | null }
  | { readonly kind: 'nonsense'; readonly why: string };

/** As `response` in OpenSSH's scp.c reads at most. */
const longestLine = 2047;
const newline = 0x0a;

/** Reads what `sink` of OpenSSH's scp.c writes: a zero byte, or a message of one line. */
export class ScpAnswers {
  #line: Buffer = Buffer.alloc(0);

  /** A message has begun, and not ended. */
  get midLine(): boolean {
    return this.#line.length > 0;
  }

  *read(chunk: Buffer): Generator<ScpAnswer> {
    let at = 0;
    while (at < chunk.length) {
      if (!this.midLine && chunk[at] === 0) {
        at += 1;
        yield { kind: 'answer', error: null };
      } else {
        const end = lineEnd(chunk, at);
        const answer = this.#gather(chunk.subarray(at, end));
        at = end;
        if (answer !== null) yield answer;
      }
    }
  }

  #gather(bytes: Buffer): ScpAnswer | null {
    if (this.#line.length + bytes.length > longestLine) {
      return { kind: 'nonsense', why: 'an answer is too long' };
    }
    this.#line = Buffer.concat([this.#line, bytes]);
    const error = errorIn(this.#line);
    if (error === null) return { kind: 'nonsense', why: 'an answer is none that scp gives' };
    if (this.#line.at(-1) !== newline) return null;
    this.#line = Buffer.alloc(0);
    return { kind: 'answer', error };
  }
}
