import type { JsonValue } from '../../../../core/json.ts';
import { type Fields, isObject, listOf, numberOf, stringOf, unwrap } from '../tree.ts';

/** How the rows of a COPY are written (PostgreSQL documentation, COPY, "File Formats"). */
export type CopyFormat =
  | { readonly kind: 'binary' }
  | ({ readonly kind: 'text' } & CopyLines)
  | ({ readonly kind: 'csv'; readonly quote: number; readonly escape: number } & CopyLines);

export interface CopyLines {
  /** The one byte between two fields. */
  readonly delimiter: number;
  /** What stands for NULL, in UTF-8. */
  readonly nullText: string;
  /** The first line names the columns. */
  readonly header: boolean;
}

const lineEnds: ReadonlySet<number> = new Set([0x0a, 0x0d]);
const known: ReadonlySet<string> = new Set([
  ...['format', 'delimiter', 'null', 'header', 'quote', 'escape', 'force_quote', 'encoding'],
]);

/** Null where the options say something that is not known here, or leave it open how to read rows. */
export function copyFormat(copy: Fields): CopyFormat | null {
  const options = new Map<string, JsonValue | undefined>();
  for (const option of listOf(copy.options)) {
    const { defname, arg } = unwrap(option)?.fields ?? {};
    const name = stringOf(defname);
    // The server refuses to have one said twice.
    if (!known.has(name) || options.has(name)) return null;
    options.set(name, arg);
  }
  if (options.has('encoding') && !isUtf8(options.get('encoding'))) return null;
  const said = (name: string, otherwise: string) =>
    options.has(name) ? textOf(options.get(name)) : otherwise;
  const kind = said('format', 'text');
  if (kind === 'binary') return { kind };
  const header = headerOf(options);
  const delimiter = byteOf(said('delimiter', kind === 'csv' ? ',' : '\t'));
  const nullText = said('null', kind === 'csv' ? '' : '\\N');
  if (header === null || delimiter === null || nullText === null) return null;
  const lines = { delimiter, nullText, header };
  if (kind === 'text') return { kind, ...lines };
  const quote = byteOf(said('quote', '"'));
  const escaping = options.has('escape') ? byteOf(said('escape', '"')) : quote;
  if (kind !== 'csv' || quote === null || escaping === null || quote === delimiter) return null;
  return { kind, quote, escape: escaping, ...lines };
}

function textOf(arg: JsonValue | undefined): string | null {
  const node = unwrap(arg);
  if (node?.kind === 'String') return stringOf(node.fields.sval);
  if (node?.kind === 'Integer') return String(numberOf(node.fields.ival));
  return null;
}

function byteOf(text: string | null): number | null {
  const bytes = Buffer.from(text ?? '');
  const [byte] = bytes;
  return byte === undefined || bytes.length > 1 || byte > 0x7f || lineEnds.has(byte) ? null : byte;
}

function isUtf8(arg: JsonValue | undefined): boolean {
  return /^utf[-_ ]?8$/i.test(textOf(arg) ?? '');
}

const on: ReadonlySet<string> = new Set(['true', 'on', '1']);
const off: ReadonlySet<string> = new Set(['false', 'off', '0']);

/** Without a value it is on. */
function headerOf(options: ReadonlyMap<string, JsonValue | undefined>): boolean | null {
  if (!options.has('header')) return false;
  const arg = options.get('header');
  if (!isObject(arg)) return true;
  const node = unwrap(arg);
  if (node?.kind === 'Boolean') return node.fields.boolval === true;
  const text = textOf(arg)?.toLowerCase() ?? '';
  return on.has(text) ? true : off.has(text) ? false : null;
}
