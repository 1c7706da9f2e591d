/** Floating-point numbers as IEEE 754 writes them, one for each value: no -0, and one NaN. */

const view = new DataView(new ArrayBuffer(8));

export function bitsOf(bits: 32 | 64, value: number): bigint {
  const plain = value === 0 ? 0 : value;
  if (bits === 64) {
    view.setFloat64(0, plain);
    return view.getBigUint64(0);
  }
  view.setFloat32(0, plain);
  return BigInt(view.getUint32(0));
}

export function floatOf(bits: 32 | 64, pattern: bigint): number {
  if (bits === 64) {
    view.setBigUint64(0, pattern);
    return view.getFloat64(0);
  }
  view.setUint32(0, Number(pattern));
  return view.getFloat32(0);
}
