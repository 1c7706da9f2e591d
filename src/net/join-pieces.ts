/**
 * The pieces as one. Pieces that lie side by side in memory, as those of one chunk do, are not
 * copied.
 */
export function joinPieces(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  if (first === undefined) return Buffer.alloc(0);
  const memory = first.buffer;
  let end = first.byteOffset;
  for (const piece of pieces) {
    if (piece.buffer !== memory || piece.byteOffset !== end) return Buffer.concat(pieces);
    end += piece.length;
  }
  return pieces.length === 1
    ? first
    : Buffer.from(memory, first.byteOffset, end - first.byteOffset);
}
