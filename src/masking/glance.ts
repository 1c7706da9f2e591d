import { bitOf, type Sought } from './search.ts';

/** Which of what is sought may be found between `start` and `end`, as bits; 0: surely nothing. */
export type Glance = (bytes: Buffer, start: number, end: number) => number;

/** By the length of the text, and by the bytes without which a detector finds nothing. */
export function createGlance(sought: readonly Sought[]): Glance {
  const bitsOf = (fits: (one: Sought) => boolean) =>
    sought.reduce((bits, one, index) => (fits(one) ? bits | bitOf(index) : bits), 0);
  const longEnough = Math.max(...sought.map(({ detector }) => detector.shortest));
  const byLength = Int32Array.from({ length: longEnough + 1 }, (_, length) =>
    bitsOf(({ detector }) => length >= detector.shortest),
  );
  const byByte = Int32Array.from({ length: 256 }, (_, byte) =>
    bitsOf(({ detector }) => detector.needs?.[byte] === 1),
  );
  const always = bitsOf(({ detector }) => detector.needs === undefined);

  if (sought.length === 1) {
    // It looks for its bytes itself.
    return (_bytes, start, end) => (end - start < longEnough ? 0 : 1);
  }
  return (bytes, start, end) => {
    const length = end - start;
    const possible = byLength[length < longEnough ? length : longEnough] ?? 0;
    let bits = always & possible;
    for (let at = start; at < end && bits !== possible; at += 1) {
      bits |= (byByte[bytes[at] ?? 0] ?? 0) & possible;
    }
    return bits;
  };
}
