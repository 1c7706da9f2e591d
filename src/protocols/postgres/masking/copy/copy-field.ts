import type { CopyFormat } from '../../sql/provenance/copy-format.ts';
import type { ValueMask } from '../value-mask.ts';

type LineFormat = Exclude<CopyFormat, { kind: 'binary' }>;

const backslash = 0x5c;
/** Of `CopyAttributeOutText`: what stands behind a backslash for each of these bytes. */
const escaped: ReadonlyMap<number, number> = new Map([
  [0x08, 0x62],
  [0x0c, 0x66],
  [0x0a, 0x6e],
  [0x0d, 0x72],
  [0x09, 0x74],
  [0x0b, 0x76],
]);
const unescaped: ReadonlyMap<number, number> = new Map(
  [...escaped].map(([byte, letter]) => [letter, byte]),
);
/** Alone on a line it would end the data for who reads a file. */
const endOfData = Buffer.from('\\.');

/** Fields of a COPY's lines: what is masked is what they stand for, not how they are written. */
export class CopyField {
  readonly #format: LineFormat;
  readonly #null: Buffer;

  constructor(format: LineFormat) {
    this.#format = format;
    this.#null = Buffer.from(format.nullText);
  }

  /** The field as it came, without delimiters; the very same bytes where nothing changes. */
  masked(field: Buffer, mask: ValueMask): Buffer {
    if (this.#isNull(field)) return mask.absent === undefined ? field : this.#written(mask.absent);
    const value = this.#decode(field);
    const masked = mask.value(value);
    if (masked === value) return field;
    return masked === null ? this.#null : this.#written(masked);
  }

  #written(masked: Buffer): Buffer {
    return this.#format.kind === 'csv' ? this.#quoted(masked) : this.#text(masked);
  }

  /**
   * In CSV a value that reads as NULL does is quoted. In text only `\N` is never a value: under
   * any other NULL both look the same, and are masked alike, or NULL could be used for guessing.
   */
  #isNull(field: Buffer): boolean {
    if (this.#format.kind === 'text' && this.#format.nullText !== '\\N') return false;
    return field.equals(this.#null);
  }

  #decode(field: Buffer): Buffer {
    const format = this.#format;
    if (format.kind === 'text') return withoutEscapes(field, backslash, unescaped);
    if (field[0] !== format.quote) return field;
    return withoutEscapes(field.subarray(1, -1), format.escape, noLetters);
  }

  #text(value: Buffer): Buffer {
    const { delimiter } = this.#format;
    const text = withEscapes(value, backslash, (byte) => {
      const own = byte === backslash || byte === delimiter ? byte : undefined;
      return escaped.get(byte) ?? own;
    });
    if (!text.equals(this.#null) || text[0] === undefined || text[0] === backslash) return text;
    // It would read as NULL; the first byte in octal stands for the same value.
    const octal = text[0].toString(8).padStart(3, '0');
    return Buffer.concat([Buffer.from(`\\${octal}`), text.subarray(1)]);
  }

  #quoted(value: Buffer): Buffer {
    const format = this.#format;
    if (format.kind !== 'csv' || !this.#needsQuotes(value)) return value;
    const { quote, escape: escapeByte } = format;
    const inside = withEscapes(value, escapeByte, (byte) =>
      byte === quote || byte === escapeByte ? byte : undefined,
    );
    return Buffer.concat([Buffer.from([quote]), inside, Buffer.from([quote])]);
  }

  #needsQuotes(value: Buffer): boolean {
    if (value.equals(this.#null) || value.equals(endOfData)) return true;
    const format = this.#format;
    const own = format.kind === 'csv' ? [format.quote, format.escape] : [];
    return [format.delimiter, 0x0a, 0x0d, ...own].some((byte) => value.includes(byte));
  }
}

const noLetters: ReadonlyMap<number, number> = new Map();

function withoutEscapes(
  bytes: Buffer,
  escapeByte: number,
  letters: ReadonlyMap<number, number>,
): Buffer {
  if (!bytes.includes(escapeByte)) return bytes;
  const value = Buffer.alloc(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === escapeByte && at + 1 < bytes.length) {
      at += 1;
      const behind = bytes[at] ?? 0;
      value[length] = letters.get(behind) ?? behind;
    } else value[length] = byte;
    length += 1;
  }
  return value.subarray(0, length);
}

/** `behind`: what stands behind the escape for that byte; undefined for one that needs none. */
function withEscapes(
  bytes: Buffer,
  escapeByte: number,
  behind: (byte: number) => number | undefined,
): Buffer {
  const written = Buffer.alloc(bytes.length * 2);
  let length = 0;
  for (const byte of bytes) {
    const letter = behind(byte);
    if (letter !== undefined) {
      written[length] = escapeByte;
      length += 1;
    }
    written[length] = letter ?? byte;
    length += 1;
  }
  return written.subarray(0, length);
}
