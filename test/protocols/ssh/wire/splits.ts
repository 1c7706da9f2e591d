import fc from 'fast-check';

/** Cuts bytes at arbitrary places; sizes repeat when the bytes are longer than their sum. */
export function splitAt(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

export const sizes = fc.oneof(
  fc.constant([1]),
  fc.constant([1 << 20]),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
);

export const bytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

export const pathBytes = bytes(40).map((raw) => Buffer.from(raw.filter((byte) => byte !== 0)));

export const uint32 = fc.nat({ max: 0xffff_ffff });
export const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

export const attributes = fc.record({
  size: fc.option(uint64),
  owner: fc.option(fc.record({ uid: uint32, gid: uint32 })),
  permissions: fc.option(uint32),
  times: fc.option(fc.record({ accessed: uint32, modified: uint32 })),
  extended: fc.array(fc.record({ name: bytes(10), value: bytes(10) }), { maxLength: 3 }),
});
