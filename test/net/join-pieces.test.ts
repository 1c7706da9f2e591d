import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JoinedPieces } from '../../src/net/join-pieces.ts';

interface Piece {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

function joined(pieces: readonly Piece[]): Buffer {
  const all = new JoinedPieces();
  for (const { bytes, start, end } of pieces) all.add(bytes, start, end);
  return all.whole();
}

it('gives what copying them would give, wherever the pieces lie', () => {
  const memory = Buffer.from(Array.from({ length: 16 }, (_, index) => index));
  const others = [Buffer.alloc(0), Buffer.from('xy'), memory.subarray(4, 9)];
  const cut = fc.tuple(fc.constantFrom(memory, ...others), fc.nat(16), fc.nat(16));
  const piece = cut.map(([bytes, a, b]) => {
    const [start = 0, end = 0] = [a, b]
      .map((at) => Math.min(at, bytes.length))
      .toSorted((x, y) => x - y);
    return { bytes, start, end };
  });
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const copied = pieces.map(({ bytes, start, end }) => bytes.subarray(start, end));
      expect(joined(pieces)).toEqual(Buffer.concat(copied));
    }),
  );
});

it('does not copy what lies side by side', () => {
  const bytes = Buffer.from('abcdef');
  const whole = joined([
    { bytes, start: 1, end: 3 },
    { bytes, start: 3, end: 5 },
  ]);
  bytes[1] = 0x78;
  expect(`${whole}`).toBe('xcde');
});
