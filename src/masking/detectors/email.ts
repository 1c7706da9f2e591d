import type { Scanning } from './detector.ts';
import { byteSet, indexOfByte, runEnd } from './text.ts';

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
export const email: Scanning = {
  shortest: 'a@b.co'.length,
  needs: byteSet('@'),
  scan(text, from, final, found) {
    const { bytes, end: last } = text;
    let behind = from;
    for (let at = from; at < last; ) {
      const sign = indexOfByte(bytes, atSign, at, last);
      if (sign === -1) break;
      at = sign + 1;
      const start = localStart(bytes, sign, behind);
      if (start === sign) continue;
      const limit = Math.min(at + longestDomain, last);
      if (!final && limit < at + longestDomain && runEnd(bytes, at, limit, domain) === limit) {
        return start;
      }
      const end = domainEnd(bytes, at, limit);
      if (end === 0) continue;
      found.add(start, end);
      // No domain has another at sign in it.
      at = behind = end;
    }
    return final ? last : localStart(bytes, last, behind);
  },
};

/** Of the local part that ends at `end`; `end` itself when there is none. */
function localStart(bytes: Buffer, end: number, from: number): number {
  const first = Math.max(from, end - longestLocal);
  let start = end;
  while (start > first && local[bytes[start - 1] ?? 0] === 1) start -= 1;
  while (start < end && localFirst[bytes[start] ?? 0] !== 1) start += 1;
  return start;
}

/** Behind the last label that can be a top-level domain, with another before it; 0 without. */
function domainEnd(bytes: Buffer, from: number, limit: number): number {
  let end = 0;
  let at = from;
  for (let labels = 0; at < limit; labels += 1) {
    const stop = runEnd(bytes, at, limit, label);
    if (stop === at) break;
    if (labels > 0 && stop - at >= 2 && letter[bytes[at] ?? 0] === 1) end = stop;
    if (stop === limit || bytes[stop] !== dot) break;
    at = stop + 1;
  }
  while (end > 0 && bytes[end - 1] === dash) end -= 1;
  return end;
}
