/*
 * Of Buffer's methods without their checks, for what is read of every row: the bytes must be there.
 */

/** As `readUInt16BE`. */
export function uint16At(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** As `readInt32BE`. */
export function int32At(bytes: Buffer, at: number): number {
  return (uint16At(bytes, at) << 16) | uint16At(bytes, at + 2);
}
