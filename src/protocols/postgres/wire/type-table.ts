/** Which first bytes of a message are meant: asked for every message, so by index and not by hash. */
export type TypeTable = (type: number) => boolean;

export function typeTable(types: Iterable<number>): TypeTable {
  const meant = new Uint8Array(256);
  for (const type of types) meant[type] = 1;
  return (type) => meant[type] === 1;
}
