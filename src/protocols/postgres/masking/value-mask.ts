import type { Mask, MaskWriter, TextMasker } from '../../../core/masking.ts';
import type { ColumnDescription } from '../wire/backend/row-description.ts';
import { builtInShapes, type TypeShapes } from './typed/type-shapes.ts';
import { typedValue } from './typed/typed-value.ts';

/** What is done to the values of one column, as the server sends them. */
export interface ValueMask {
  /** What stands for a value; the very same buffer where nothing changes. */
  value(value: Buffer): Buffer | null;
  /** What stands for NULL; without it NULL stays. */
  readonly absent?: Buffer;
  /** A byte without which a value surely stays as it is. */
  readonly needs?: number;
  /** Without a view of the value: whether it surely stays as it is. */
  readonly keeps?: (bytes: Buffer, start: number, end: number) => boolean;
  /** Without a view of it either: see `Mask`. */
  readonly write?: MaskWriter;
  /** And what changes of it: see `TextMasker`. */
  readonly find?: TextMasker['find'];
}

export type ColumnType = Pick<ColumnDescription, 'typeOid' | 'format'>;

/** OIDs of pg_type.dat: text, varchar, bpchar, name, unknown, cstring, xml. */
const textTypes: ReadonlySet<number> = new Set([25, 1043, 1042, 19, 705, 2275, 142]);
const json = 114;
const jsonb = 3802;
const int4 = 23;
const int8 = 20;

/** The version that goes before the text of a jsonb in binary. */
const jsonbVersion = 1;

/**
 * The masked value as a value of the column's own type: text for types that are text, a JSON
 * string for json and jsonb, what the mask has for values of other types, NULL where it has nothing.
 * `textLike`: types of the database's own that are text, citext among them.
 */
export function valueMask(
  mask: Mask,
  { typeOid, format }: ColumnType,
  textLike: ReadonlySet<number>,
  shapes: TypeShapes = builtInShapes,
): ValueMask {
  const { scalars } = mask;
  const text = (oid: number) => textMask(mask, { typeOid: oid, format }, textLike);
  const own = text(typeOid);
  if (own !== null) return own;
  const typed =
    scalars &&
    typedValue(typeOid, { scalars, shapes, format, text: (oid) => text(oid)?.value ?? null });
  return { value: typed ?? (() => null) };
}

function textMask(
  mask: Mask,
  { typeOid, format }: ColumnType,
  textLike: ReadonlySet<number>,
): ValueMask | null {
  if (isText(typeOid, textLike)) {
    return {
      value: (value) => bytesOf(mask.apply(value.toString('utf8'))),
      ...(mask.write === undefined ? {} : { write: mask.write }),
      ...absent(mask, textBytes),
    };
  }
  if (typeOid !== json && typeOid !== jsonb) return null;
  const versioned = typeOid === jsonb && format === 1;
  return {
    value(value) {
      const masked = mask.apply(value.toString('utf8', versioned ? 1 : 0));
      return masked === null ? null : jsonBytes(masked, versioned);
    },
    ...absent(mask, (masked) => jsonBytes(masked, versioned)),
  };
}

/** Masks what detectors find: inside text, and as NULL where a type leaves no room for it. */
export function detecting(
  text: TextMasker,
  { typeOid, format }: ColumnType,
  textLike: ReadonlySet<number>,
): ValueMask | null {
  const passed = passedBy(text);
  if (isText(typeOid, textLike)) {
    return { ...passed, find: text.find, value: (value) => text.mask(value) };
  }
  if (typeOid === json || typeOid === jsonb) {
    return { ...passed, value: detectingJson(text, typeOid, format) };
  }
  // As it stands where it is text; arrays, rows and ranges hold the bytes of their text as they are.
  const asItStands: ValueMask = { ...passed, value: (value) => (text.finds(value) ? null : value) };
  if (format === 0) return asItStands;
  if (typeOid === int4) return decimal(text, (value) => `${value.readInt32BE(0)}`);
  if (typeOid === int8) return decimal(text, (value) => `${value.readBigInt64BE(0)}`);
  return fixedBinary.has(typeOid) ? null : asItStands;
}

/** What is sure to stay as it is, and cheaply told. */
function passedBy({ needs, mayFind }: TextMasker): Pick<ValueMask, 'needs' | 'keeps'> {
  return needs === null ? { keeps: (bytes, start, end) => !mayFind(bytes, start, end) } : { needs };
}

/** bool, bytea, "char", int2, oid, floats, dates and times, interval, uuid, numeric. */
const fixedBinary: ReadonlySet<number> = new Set([
  ...[16, 17, 18, 21, 26, 700, 701, 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950],
]);

function detectingJson(text: TextMasker, typeOid: number, format: number): ValueMask['value'] {
  const versioned = typeOid === jsonb && format === 1;
  return (value) => {
    const bytes = versioned ? value.subarray(1) : value;
    const masked = text.mask(bytes);
    if (masked === bytes) return value;
    const said = masked.toString('utf8');
    if (!isJson(said)) return jsonBytes('[masked]', versioned);
    return versioned ? Buffer.concat([Buffer.from([jsonbVersion]), masked]) : masked;
  };
}

function isText(typeOid: number, textLike: ReadonlySet<number>): boolean {
  return textTypes.has(typeOid) || textLike.has(typeOid);
}

function decimal(text: TextMasker, read: (value: Buffer) => string): ValueMask {
  return { value: (value) => (text.finds(Buffer.from(read(value))) ? null : value) };
}

/** What stands for NULL in a type that has room for a mask. */
function absent(mask: Mask, write: (masked: string) => Buffer): Pick<ValueMask, 'absent'> {
  const masked = mask.masksNull === true ? mask.apply('') : null;
  return masked === null ? {} : { absent: write(masked) };
}

function bytesOf(masked: string | null): Buffer | null {
  return masked === null ? null : textBytes(masked);
}

function textBytes(masked: string): Buffer {
  return Buffer.from(masked.replaceAll('\0', ''), 'utf8');
}

function jsonBytes(masked: string, versioned: boolean): Buffer {
  const bytes = Buffer.from(JSON.stringify(masked.replaceAll('\0', '')), 'utf8');
  return versioned ? Buffer.concat([Buffer.from([jsonbVersion]), bytes]) : bytes;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
