import { type ByteSet, type Detector, has } from './detector.ts';

/** Nothing begins there. */
export const none = 0;
/** It may be one; more bytes will tell. Never given when the bytes are final. */
export const open = -1;

/** What can be told by reading on from its first byte. */
export interface Anchored {
  /** First bytes. */
  readonly begins: ByteSet;
  /** It does not begin behind one of these. */
  readonly notBehind: ByteSet;
  /**
   * Where what begins at `at` ends, `none` or `open`. Reads no more than a fixed number of bytes,
   * and looks back at two at most.
   */
  match(bytes: Buffer, at: number, final: boolean): number;
  readonly continues?: Detector['continues'];
}

/** Looks at each place where one may begin; behind what is found it goes on at its end. */
export function anchoredDetector(anchored: Anchored): Detector {
  const { begins, notBehind, continues } = anchored;
  return {
    ...(continues !== undefined && { continues }),
    scan(bytes, from, final, found) {
      let behind = from > 0 && has(notBehind, bytes, from - 1);
      for (let at = from; at < bytes.length; at += 1) {
        const byte = bytes[at] ?? 0;
        const begin = begins[byte] === 1 && !behind;
        behind = notBehind[byte] === 1;
        if (!begin) continue;
        const end = anchored.match(bytes, at, final);
        if (end === open) return at;
        if (end === none) continue;
        found(at, end);
        at = end - 1;
        behind = has(notBehind, bytes, at);
      }
      return bytes.length;
    },
  };
}

/** Whether `text` stands at that place: true, false, or `open` when only its beginning does. */
export function startsAt(bytes: Buffer, at: number, text: string): boolean | typeof open {
  for (let index = 0; index < text.length; index += 1) {
    if (at + index >= bytes.length) return open;
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
