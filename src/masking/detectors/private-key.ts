import type { Detector, Found } from './detector.ts';
import { byteSet, indexOfAscii, runEnd, type Text } from './text.ts';

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
  shortest: `${opening}PRIVATE KEY${dashes}`.length,
  needs: byteSet('-'),
  continues: { by: body, longest },
  scan(text, from, final, found) {
    let at = from;
    for (;;) {
      const start = indexOfAscii(text, opening, at, text.end);
      if (start === -1) return final ? text.end : partial(text, at);
      const next = scanBlock(text, start, final, found);
      if (next === null) return start;
      at = next;
    }
  },
};

/** Where to go on behind what begins at `start`; null when its end is not known. */
function scanBlock(text: Text, start: number, final: boolean, found: Found): number | null {
  const label = start + opening.length;
  const limit = label + longestLabel;
  const labelEnd = indexOfAscii(text, dashes, label, Math.min(limit + dashes.length, text.end));
  if (labelEnd === -1) return !final && text.end < limit ? null : label;
  const name = text.bytes.toString('latin1', label, labelEnd);
  if (!/PRIVATE KEY( BLOCK)?$/.test(name)) return label;
  const end = blockEnd(text, labelEnd + dashes.length, start + longest);
  if (end === null) {
    const reach = Math.min(text.end, start + longest);
    if (!final && reach < start + longest) return null;
    found.add(start, reach);
    return reach;
  }
  found.add(start, end);
  return end;
}

/** Behind the closing line, or before the first byte that no key has; null: neither came yet. */
function blockEnd(text: Text, from: number, limit: number): number | null {
  const stop = runEnd(text.bytes, from, Math.min(limit, text.end), body);
  const mark = indexOfAscii(text, closing, from, stop);
  if (mark === -1) return stop === text.end || stop === limit ? null : stop;
  const label = mark + closing.length;
  const end = indexOfAscii(text, dashes, label, Math.min(label + longestLabel, text.end));
  if (end !== -1) return end + dashes.length;
  return text.end < label + longestLabel ? null : label;
}

/** Where an opening begins that the bytes cut short. */
function partial({ bytes, end }: Text, from: number): number {
  for (let length = Math.min(opening.length - 1, end - from); length > 0; length -= 1) {
    const start = end - length;
    if (bytes.toString('latin1', start, end) === opening.slice(0, length)) return start;
  }
  return end;
}
