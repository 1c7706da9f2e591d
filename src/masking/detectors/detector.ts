import type { ByteSet, Text } from './text.ts';

/** Told of each thing that is found: `[start, end)`, in the order of their starts. */
export interface Found {
  add(start: number, end: number): void;
}

/**
 * Finds one kind of thing in a text that is looked at from `from` on; what stands before is only
 * there to be looked back at. Never takes more than time linear in the bytes.
 */
export interface Detector {
  /**
   * Returns where the first thing may begin whose end is not known before more bytes come; what
   * begins there or behind it is found again then. With `final`, no more will come.
   */
  scan(text: Text, from: number, final: boolean, found: Found): number;
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
