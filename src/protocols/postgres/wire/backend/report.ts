import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { cString, encodeMessage, uint8 } from '../encode.ts';
import { WireError } from '../wire-error.ts';

/** Field types of ErrorResponse and NoticeResponse (PostgreSQL documentation, 55.8). */
const letters = {
  severity: 'S',
  /** The same, never translated. */
  severityInvariant: 'V',
  code: 'C',
  message: 'M',
  detail: 'D',
  hint: 'H',
  position: 'P',
  internalPosition: 'p',
  internalQuery: 'q',
  where: 'W',
  schema: 's',
  table: 't',
  column: 'c',
  dataType: 'd',
  constraint: 'n',
  file: 'F',
  line: 'L',
  routine: 'R',
} as const;

export type ReportField = keyof typeof letters;
export type ReportFields = Readonly<Partial<Record<ReportField, string>>>;

export interface Report {
  readonly kind: 'errorResponse' | 'noticeResponse';
  readonly raw: Buffer;
  readonly fields: ReportFields;
}

const fieldOfLetter: ReadonlyMap<number, ReportField> = new Map(
  Object.entries(letters).map(([field, letter]) => [letter.charCodeAt(0), asField(field)]),
);

/** Unknown fields are left out: the documentation says to ignore them. `raw` has them. */
export function decodeErrorResponse(raw: Buffer): Report {
  return { kind: 'errorResponse', raw, fields: readFields(raw, backendType.errorResponse) };
}

export function decodeNoticeResponse(raw: Buffer): Report {
  return { kind: 'noticeResponse', raw, fields: readFields(raw, backendType.noticeResponse) };
}

export function encodeErrorResponse(fields: ReportFields): Buffer {
  return encodeMessage(backendType.errorResponse, ...fieldBytes(fields));
}

export function encodeNoticeResponse(fields: ReportFields): Buffer {
  return encodeMessage(backendType.noticeResponse, ...fieldBytes(fields));
}

function readFields(raw: Buffer, type: number): ReportFields {
  const body = BodyReader.ofMessage(raw, type);
  const fields: Partial<Record<ReportField, string>> = {};
  for (let letter = body.uint8(); letter !== 0; letter = body.uint8()) {
    // Servers may report in their own encoding before the client's is known: never refused.
    const text = body.stringBytes().toString('utf8');
    const field = fieldOfLetter.get(letter);
    if (field !== undefined) fields[field] ??= text;
  }
  body.end();
  return fields;
}

function fieldBytes(fields: ReportFields): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (const [field, text] of Object.entries(fields)) {
    if (text === undefined) continue;
    parts.push(Buffer.from(letters[asField(field)], 'latin1'), cString(text));
  }
  return [...parts, uint8(0)];
}

function asField(name: string): ReportField {
  if (!isField(name)) throw new WireError('BAD_VALUE', `no such report field: ${name}`);
  return name;
}

function isField(name: string): name is ReportField {
  return Object.hasOwn(letters, name);
}
