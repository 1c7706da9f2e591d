const offset = 5;

/** The id of a packet that has one: all but INIT and VERSION. */
export function requestIdOf(raw: Buffer): number {
  return raw.readUInt32BE(offset);
}

/** Puts another id in its place; nothing else of the packet changes. */
export function replaceRequestId(raw: Buffer, id: number): void {
  raw.writeUInt32BE(id, offset);
}
