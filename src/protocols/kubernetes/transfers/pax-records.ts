/** What extended headers change of the member that they stand before. */
export interface PaxRecords {
  readonly path?: string;
  readonly size?: number;
  /** GNU tar keeps a file with holes in a form of its own, and its name there too. */
  readonly sparse: boolean;
}

/**
 * Records `LENGTH KEY=VALUE\n` (POSIX.1-2024, pax, "pax Extended Header"); of a key that comes
 * again the last one counts. Null for what they are not.
 */
export function readPaxRecords(bytes: Buffer): PaxRecords | null {
  let found: PaxRecords = { sparse: false };
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? '' : bytes.toString('latin1', at, Math.min(space, at + 10));
    const end = at + Number(digits);
    if (!/^[1-9]\d*$/.test(digits) || end > bytes.length || bytes[end - 1] !== 0x0a) return null;
    const record = bytes.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1) return null;
    const changed = changedBy(record.toString('utf8', 0, equals), record.subarray(equals + 1));
    if (changed === null) return null;
    found = { ...found, ...changed };
    at = end;
  }
  return found;
}

function changedBy(key: string, value: Buffer): Partial<PaxRecords> | null {
  if (key.startsWith('GNU.sparse.')) return { sparse: true };
  if (key === 'path') return { path: value.toString('utf8') };
  if (key !== 'size') return {};
  const size = Number(value.toString('latin1'));
  return Number.isSafeInteger(size) && size >= 0 ? { size } : null;
}
