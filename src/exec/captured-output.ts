import { isUtf8 } from 'node:buffer';
import { Writable } from 'node:stream';

/**
 * What is kept of a remote command's output. A text is null when the bytes are not UTF-8; then
 * they are in its Base64 field.
 */
export interface RemoteOutput {
  readonly stdout: string | null;
  readonly stdoutBase64?: string;
  readonly stderr: string | null;
  readonly stderrBase64?: string;
  /** There was more than was kept. */
  readonly truncated: boolean;
}

/** Keeps the first `limit` bytes and drops the rest, at any pace. */
export class CapturedStream extends Writable {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #truncated = false;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get truncated(): boolean {
    return this.#truncated;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const room = this.#limit - this.#kept;
    if (chunk.length > room) this.#truncated = true;
    // A copy: a slice would keep all of a larger chunk alive.
    if (room > 0) this.#chunks.push(Buffer.from(chunk.subarray(0, room)));
    this.#kept += Math.min(room, chunk.length);
    done();
  }
}

export function remoteOutput(stdout: CapturedStream, stderr: CapturedStream): RemoteOutput {
  const [out, err] = [textOf(stdout), textOf(stderr)];
  return {
    stdout: out,
    ...(out === null ? { stdoutBase64: stdout.bytes.toString('base64') } : {}),
    stderr: err,
    ...(err === null ? { stderrBase64: stderr.bytes.toString('base64') } : {}),
    truncated: stdout.truncated || stderr.truncated,
  };
}

/**
 * Null for what is not UTF-8. A character that the limit has cut in two does not make it something
 * else than text.
 */
export function textOf({
  bytes,
  truncated,
}: Pick<CapturedStream, 'bytes' | 'truncated'>): string | null {
  const whole = truncated ? bytes.subarray(0, wholeCharacters(bytes)) : bytes;
  return isUtf8(whole) ? whole.toString('utf8') : null;
}

/** Up to where the last character is complete: UTF-8 takes at most four bytes for one. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const needs = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return needs > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
