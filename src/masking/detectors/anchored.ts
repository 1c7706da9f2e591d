import type { Text } from './text.ts';

/** Nothing begins there. */
export const none = 0;
/** It may be one; more bytes will tell. Never given when the bytes are final. */
export const open = -1;

/** Whether `prefix` stands at that place: true, false, or `open` when only its beginning does. */
export function startsAt({ bytes, end }: Text, at: number, prefix: string): boolean | typeof open {
  for (let index = 0; index < prefix.length; index += 1) {
    if (at + index >= end) return open;
    if (bytes[at + index] !== prefix.charCodeAt(index)) return false;
  }
  return true;
}
