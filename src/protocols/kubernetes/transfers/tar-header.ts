/** The head of a member of an archive, as far as it is needed to find the files in it. */
export interface TarHeader {
  /** Of one letter: `0`, `5`, `L`, `x`. */
  readonly type: string;
  readonly name: string;
  /** Of what follows, in bytes. */
  readonly size: number;
}

export const blockBytes = 512;
const sizeField = { start: 124, end: 136 };
const checksumField = { start: 148, end: 156 };
const typeAt = 156;
const magicAt = 257;
const prefixField = { start: 345, end: 500 };

/** POSIX.1-2024, pax, "ustar Interchange Format"; GNU and V7 alike. Null for what is none. */
export function readTarHeader(block: Buffer): TarHeader | null {
  if (checksumOf(block) !== octal(block.subarray(checksumField.start, checksumField.end))) {
    return null;
  }
  const size = readSize(block.subarray(sizeField.start, sizeField.end));
  if (size === null) return null;
  // GNU's own format says `ustar `, and has other things where POSIX has the prefix.
  const posix = block.toString('latin1', magicAt, magicAt + 6) === 'ustar\0';
  const prefix = posix ? text(block.subarray(prefixField.start, prefixField.end)) : '';
  const name = text(block.subarray(0, 100));
  const letter = String.fromCharCode(block[typeAt] ?? 0);
  // V7 knew folders by their names alone.
  const plain = letter === '\0' ? '0' : letter;
  const type = plain === '0' && name.endsWith('/') ? '5' : plain;
  return { type, name: prefix === '' ? name : `${prefix}/${name}`, size };
}

/** The sum of all bytes, those of the field itself taken for spaces. */
function checksumOf(block: Buffer): number {
  const space = 0x20;
  let sum = 0;
  for (let at = 0; at < blockBytes; at += 1) {
    const own = at >= checksumField.start && at < checksumField.end;
    sum += own ? space : (block[at] ?? 0);
  }
  return sum;
}

/** GNU writes what needs more than 33 bits as a binary number behind a set bit. */
function readSize(field: Buffer): number | null {
  if (((field[0] ?? 0) & 0x80) === 0) return octal(field);
  if (field[0] !== 0x80) return null;
  const size = field.readBigUInt64BE(field.length - 8);
  const small = field.subarray(1, field.length - 8).every((byte) => byte === 0);
  return small && size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : null;
}

function octal(field: Buffer): number | null {
  const digits = /^ *([0-7]*)[ \0]*$/.exec(field.toString('latin1'))?.[1];
  return digits === undefined ? null : Number.parseInt(`0${digits}`, 8);
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}
