import { byteSet, type Detector, has, runEnd } from './detector.ts';

const atSign = 0x40;
const dot = 0x2e;
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
  needs: atSign,
  scan(bytes, from, final, found) {
    let behind = from;
    for (let at = bytes.indexOf(atSign, from); at !== -1; at = bytes.indexOf(atSign, at + 1)) {
      const start = localStart(bytes, at, behind);
      if (start === at) continue;
      const reach = runEnd(bytes, at + 1, domain, at + 1 + longestDomain);
      if (!final && reach === bytes.length && reach <= at + longestDomain) return start;
      const end = domainEnd(bytes, at + 1, reach);
      if (end === 0) continue;
      found(start, end);
      behind = end;
    }
    return final ? bytes.length : localStart(bytes, bytes.length, behind);
  },
};

/** Of the local part that ends at `end`; `end` itself when there is none. */
function localStart(bytes: Buffer, end: number, from: number): number {
  const first = Math.max(from, end - longestLocal);
  let start = end;
  while (start > first && has(local, bytes, start - 1)) start -= 1;
  while (start < end && !has(localFirst, bytes, start)) start += 1;
  return start;
}

/** Behind the last label that can be a top-level domain, with another before it; 0 without. */
function domainEnd(bytes: Buffer, from: number, reach: number): number {
  let end = 0;
  let at = from;
  for (let labels = 0; at < reach; labels += 1) {
    const stop = runEnd(bytes, at, label, reach);
    if (stop === at) break;
    if (labels > 0 && stop - at >= 2 && has(letter, bytes, at)) end = stop;
    if (bytes[stop] !== dot) break;
    at = stop + 1;
  }
  while (end > 0 && bytes[end - 1] === 0x2d) end -= 1;
  return end;
}
