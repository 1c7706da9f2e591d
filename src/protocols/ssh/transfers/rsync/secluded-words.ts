import { NotUnderstood } from './not-understood.ts';
import type { ByteSource, Reading } from './reading.ts';
import type { Word } from './server-options.ts';

const mostBytes = 64 * 1024;

/**
 * With `-s` the client sends the rest of the words before anything else, each with a NUL behind
 * it, the program's name first and an empty one last (rsync.c, `send_protected_args`).
 */
export function* secludedWords(source: ByteSource): Reading<readonly Word[]> {
  const words: Word[] = [];
  const word: number[] = [];
  for (let left = mostBytes; left > 0; left -= 1) {
    const byte = yield* source.byte();
    if (byte !== 0) {
      word.push(byte);
    } else if (word.length === 0) {
      return words.slice(1);
    } else {
      const text = Buffer.from(word).toString('utf8');
      words.push({ text, exact: text });
      word.length = 0;
    }
  }
  throw new NotUnderstood('too many words');
}
