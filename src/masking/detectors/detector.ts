import type { ByteSet, Text } from './text.ts';

/** Finds one kind of thing. Never takes more than time linear in the bytes. */
export type Detector = Scanning | Anchored;

interface Sparing {
  /** In fewer bytes there is nothing to be found. */
  readonly shortest: number;
  /** Without one of these bytes neither. */
  readonly needs?: ByteSet;
  /**
   * For what can be longer than anything that is held back: the bytes that carry it on. What is
   * found is then `longest` bytes at most, and these behind it belong to it.
   */
  readonly continues?: { readonly by: ByteSet; readonly longest: number };
}

/** Told of each thing that is found: `[start, end)`, in the order of their starts. */
export interface Found {
  add(start: number, end: number): void;
}

/** Goes through the text in its own way. */
export interface Scanning extends Sparing {
  /**
   * Looks from `from` on; what stands before is only there to be looked back at. Returns where the
   * first thing may begin whose end is not known before more bytes come; what begins there or behind
   * it is found again then. With `final`, no more will come.
   */
  scan(text: Text, from: number, final: boolean, found: Found): number;
}

/** What can be told by reading on from its first byte. Behind what is found it goes on at its end. */
export interface Anchored extends Sparing {
  /** First bytes. */
  readonly begins: ByteSet;
  /** It does not begin behind one of these. */
  readonly notBehind: ByteSet;
  /**
   * Where what begins at `at` ends, `none` or `open`. Reads no more than a fixed number of bytes,
   * and looks back at two at most.
   */
  match(text: Text, at: number, final: boolean): number;
}
