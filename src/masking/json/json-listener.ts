import type { Undecided } from './json-output.ts';
import type { JsonToken } from './json-token.ts';

/** Is told what a text consists of, in order, and says what is to stand there instead. */
export interface JsonListener {
  key(token: JsonToken): Buffer | null;
  /** A value begins. */
  value(): void;
  begin(kind: 'map' | 'array'): void;
  /** The map or array that began last is over. */
  end(): void;
  /** Null: it stays as it is written. */
  leaf(token: JsonToken): Buffer | Undecided | null;
  /** Asked of a string of which only the beginning has come. */
  longString(): LongString;
}

/** Its text must be known; or it stays as it is, whatever it says; or this stands for it. */
export type LongString = 'held' | 'stays' | Buffer;
