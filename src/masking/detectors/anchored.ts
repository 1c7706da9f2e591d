import type { Detector } from './detector.ts';
import { type ByteSet, has, type Text } from './text.ts';

/** Nothing begins there. */
export const none = 0;
/** It may be one; more bytes will tell. Never given when the bytes are final. */
export const open = -1;

/** What can be told by reading on from its first byte. */
export interface Anchored extends Pick<Detector, 'shortest' | 'needs' | 'continues'> {
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

/** Looks at each place where one may begin; behind what is found it goes on at its end. */
export function anchoredDetector(anchored: Anchored): Detector {
  const { begins, notBehind, shortest, needs, continues } = anchored;
  return {
    shortest,
    ...(needs !== undefined && { needs }),
    ...(continues !== undefined && { continues }),
    scan(text, from, final, found) {
      const { bytes, end } = text;
      let behind = has(notBehind, text, from - 1);
      for (let at = from; at < end; at += 1) {
        const byte = bytes[at] ?? 0;
        const begin = begins[byte] === 1 && !behind;
        behind = notBehind[byte] === 1;
        if (!begin) continue;
        const stop = anchored.match(text, at, final);
        if (stop === open) return at;
        if (stop === none) continue;
        found.add(at, stop);
        at = stop - 1;
        behind = has(notBehind, text, at);
      }
      return end;
    },
  };
}

/** Whether `prefix` stands at that place: true, false, or `open` when only its beginning does. */
export function startsAt({ bytes, end }: Text, at: number, prefix: string): boolean | typeof open {
  for (let index = 0; index < prefix.length; index += 1) {
    if (at + index >= end) return open;
    if (bytes[at + index] !== prefix.charCodeAt(index)) return false;
  }
  return true;
}
