import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinPieces } from '../../src/net/join-pieces.ts';

it('gives what copying them would give, wherever the pieces lie', () => {
  const memory = Buffer.from(Array.from({ length: 16 }, (_, index) => index));
  const cut = fc.tuple(fc.nat(16), fc.nat(16)).map(([a, b]) => memory.subarray(a, b));
  const piece = fc.oneof(cut, fc.uint8Array({ maxLength: 4 }).map(Buffer.from));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      expect(joinPieces(pieces)).toEqual(Buffer.concat(pieces));
    }),
  );
});

it('does not copy what lies side by side', () => {
  const memory = Buffer.from('abcdef');
  const joined = joinPieces([memory.subarray(1, 3), memory.subarray(3, 5)]);
  memory[1] = 0x78;
  expect(`${joined}`).toBe('xcde');
});
