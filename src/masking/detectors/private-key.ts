import { byteSet, type Detector, type Found, runEnd } from './detector.ts';

const opening = '-----BEGIN ';
const closing = '-----END ';
const dashes = '-----';
/** RFC 7468, section 3: a label; those of private keys end alike. */
const longestLabel = 64;
/** An RSA key of 16,384 bits has some 12,500. */
const longest = 16_384;

/** Base64, line ends, indents, headers as of RFC 1421, and what JSON and shells write for line ends. */
const body = byteSet('A-Za-z0-9+/=,:\\ \t\r\n-');

/**
 * Private keys in PEM (RFC 7468), OpenSSH's and PGP's among them, over as many lines as they
 * have. One without an end goes on as long as what follows could belong to it.
 */
export const privateKey: Detector = {
  continues: { by: body, longest },
  scan(bytes, from, final, found) {
    let at = from;
    for (;;) {
      const start = bytes.indexOf(opening, at, 'latin1');
      if (start === -1) return final ? bytes.length : partial(bytes, at);
      const next = scanBlock(bytes, start, final, found);
      if (next === null) return start;
      at = next;
    }
  },
};

/** Where to go on behind what begins at `start`; null when its end is not known. */
function scanBlock(bytes: Buffer, start: number, final: boolean, found: Found): number | null {
  const label = start + opening.length;
  const limit = label + longestLabel;
  const length = bytes.subarray(label, limit + dashes.length).indexOf(dashes, 0, 'latin1');
  if (length === -1) return !final && bytes.length < limit ? null : label;
  const labelEnd = label + length;
  const name = bytes.toString('latin1', label, labelEnd);
  if (!/PRIVATE KEY( BLOCK)?$/.test(name)) return label;
  const end = blockEnd(bytes, labelEnd + dashes.length, start + longest);
  if (end === null) {
    const reach = Math.min(bytes.length, start + longest);
    if (!final && reach < start + longest) return null;
    found(start, reach);
    return reach;
  }
  found(start, end);
  return end;
}

/** Behind the closing line, or before the first byte that no key has; null: neither came yet. */
function blockEnd(bytes: Buffer, from: number, limit: number): number | null {
  const stop = runEnd(bytes, from, body, limit);
  const mark = bytes.subarray(from, stop).indexOf(closing, 0, 'latin1');
  if (mark === -1) return stop === bytes.length || stop === limit ? null : stop;
  const label = from + mark + closing.length;
  const end = bytes.subarray(label, label + longestLabel).indexOf(dashes, 0, 'latin1');
  if (end !== -1) return label + end + dashes.length;
  return bytes.length < label + longestLabel ? null : label;
}

/** Where an opening begins that the bytes cut short. */
function partial(bytes: Buffer, from: number): number {
  for (let length = Math.min(opening.length - 1, bytes.length - from); length > 0; length -= 1) {
    const start = bytes.length - length;
    if (bytes.toString('latin1', start) === opening.slice(0, length)) return start;
  }
  return bytes.length;
}
