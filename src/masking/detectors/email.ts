import type { Detector } from './detector.ts';
import { byteSet, has, indexOfByte, runEnd, stands, type Text } from './text.ts';

const atSign = 0x40;
const dot = 0x2e;
const dash = 0x2d;
/** RFC 5321, section 4.5.3.1. */
const longestLocal = 64;
const longestDomain = 253;

/** What is common of RFC 5322's atoms; quotes, slashes and equals signs stand around addresses. */
const local = byteSet('A-Za-z0-9._%+-', { above: true });
const localFirst = byteSet('A-Za-z0-9_', { above: true });
const label = byteSet('A-Za-z0-9-', { above: true });
const domain = byteSet('A-Za-z0-9.-', { above: true });
const letter = byteSet('A-Za-z', { above: true });

/** Addresses with a domain of two labels or more: `ann@example.com`, not `root@db1`. */
export const email: Detector = {
  shortest: 'a@b.co'.length,
  needs: byteSet('@'),
  scan(text, from, final, found) {
    let behind = from;
    for (let at = from; ; at += 1) {
      at = indexOfByte(text, atSign, at);
      if (at === -1) break;
      const start = localStart(text, at, behind);
      if (start === at) continue;
      const limit = Math.min(at + 1 + longestDomain, text.end);
      if (!final && limit <= at + longestDomain && runEnd(text, at + 1, domain, limit) === limit) {
        return start;
      }
      const end = domainEnd(text, at + 1, limit);
      if (end === 0) continue;
      found.add(start, end);
      behind = end;
    }
    return final ? text.end : localStart(text, text.end, behind);
  },
};

/** Of the local part that ends at `end`; `end` itself when there is none. */
function localStart({ bytes }: Text, end: number, from: number): number {
  const first = Math.max(from, end - longestLocal);
  let start = end;
  while (start > first && local[bytes[start - 1] ?? 0] === 1) start -= 1;
  while (start < end && localFirst[bytes[start] ?? 0] !== 1) start += 1;
  return start;
}

/** Behind the last label that can be a top-level domain, with another before it; 0 without. */
function domainEnd(text: Text, from: number, limit: number): number {
  let end = 0;
  let at = from;
  for (let labels = 0; at < limit; labels += 1) {
    const stop = runEnd(text, at, label, limit);
    if (stop === at) break;
    if (labels > 0 && stop - at >= 2 && has(letter, text, at)) end = stop;
    if (!stands(dot, text, stop)) break;
    at = stop + 1;
  }
  while (end > 0 && stands(dash, text, end - 1)) end -= 1;
  return end;
}
