/** A string with its quotes, or a number, true, false or null: `[start, end)` of the bytes. */
export interface JsonToken {
  readonly kind: 'string' | 'scalar';
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** A string with escapes. */
  readonly escaped: boolean;
}

/** What a string says, and of anything else how it is written. */
export function textOf({ kind, bytes, start, end, escaped }: JsonToken): string {
  if (kind === 'scalar') return bytes.toString('latin1', start, end);
  const source = bytes.toString('utf8', start + 1, end - 1);
  return escaped ? source.replace(escapes, unescaped) : source;
}

export function isNull({ kind, bytes, start, end }: JsonToken): boolean {
  return kind === 'scalar' && end - start === 4 && bytes[start] === 0x6e;
}

/** Of the scalars these alone begin with a digit or a minus. */
export function isNumber({ kind, bytes, start }: JsonToken): boolean {
  return kind === 'scalar' && (bytes[start] ?? 0) <= 0x39;
}

const escapes = /\\(?:u(.{4})|(.))/g;
const controls = new Map(Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }));

function unescaped(_: string, digits: string | undefined, letter: string | undefined): string {
  if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16));
  return controls.get(letter ?? '') ?? letter ?? '';
}
