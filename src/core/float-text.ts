/** The fewest digits that stand for it among numbers of its size. */
export function floatText(bits: 32 | 64, value: number): string {
  if (bits === 64) return String(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(Number(value.toPrecision(9)));
}
