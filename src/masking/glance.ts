import type { Sought } from './scan.ts';

/** Which of the detectors may find anything between `start` and `end`; the others surely do not. */
export type Glance<One> = (bytes: Buffer, start: number, end: number) => readonly One[];

/** Of more than these, the last ones share a bit: then one is looked for where another may be. */
const mostBits = 31;

const nobody: readonly never[] = [];

/** By the length of the text, and by the bytes without which a detector finds nothing. */
export function createGlance<One extends Sought>(sought: readonly One[]): Glance<One> {
  const bitOf = (index: number) => 1 << Math.min(index, mostBits - 1);
  const bitsOf = (fits: (one: One) => boolean) =>
    sought.reduce((bits, one, index) => (fits(one) ? bits | bitOf(index) : bits), 0);
  const longEnough = Math.max(...sought.map(({ detector }) => detector.shortest));
  const byLength = Int32Array.from({ length: longEnough + 1 }, (_, length) =>
    bitsOf(({ detector }) => length >= detector.shortest),
  );
  const byByte = Int32Array.from({ length: 256 }, (_, byte) =>
    bitsOf(({ detector }) => detector.needs?.[byte] === 1),
  );
  const always = bitsOf(({ detector }) => detector.needs === undefined);
  const chosen = new Map<number, readonly One[]>();

  function choose(bits: number): readonly One[] {
    const known = chosen.get(bits);
    if (known !== undefined) return known;
    const those = sought.filter((_, index) => (bits & bitOf(index)) !== 0);
    chosen.set(bits, those);
    return those;
  }

  if (sought.length === 1) {
    // It looks for its bytes itself.
    return (_bytes, start, end) => (end - start < longEnough ? nobody : sought);
  }
  return (bytes, start, end) => {
    const length = end - start;
    const possible = byLength[length < longEnough ? length : longEnough] ?? 0;
    let bits = always & possible;
    for (let at = start; at < end && bits !== possible; at += 1) {
      bits |= (byByte[bytes[at] ?? 0] ?? 0) & possible;
    }
    return choose(bits);
  };
}
