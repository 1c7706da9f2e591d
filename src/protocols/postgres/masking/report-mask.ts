import { redactedText, type TextMasker } from '../../../core/masking.ts';
import {
  decodeErrorResponse,
  decodeNoticeResponse,
  encodeErrorResponse,
  encodeNoticeResponse,
  type ReportFields,
} from '../wire/backend/report.ts';
import { backendType } from '../wire/backend-types.ts';

/**
 * Classes of SQLSTATE (Appendix A) of which the message names objects and never values: connection,
 * integrity constraints, transaction state, authorization, savepoints, rollback.
 */
const namesOnly: ReadonlySet<string> = new Set(['08', '23', '25', '28', '3B', '40']);
/** Syntax, access and names: of the statement's text where a position in it is given. */
const quotesStatement: ReadonlySet<string> = new Set(['42', '26', '34', '3D', '3F', '0A']);
/** PostgreSQL's own words, in which values stand: data, limits, resources, state, notices. */
const ownWords: ReadonlySet<string> = new Set([
  ...quotesStatement,
  ...['00', '01', '02', '22', '53', '54', '55', '57', '58'],
]);

/**
 * Where a value may begin in PostgreSQL's own words: they quote text (Error Message Style Guide),
 * and of what they leave unquoted numbers and what stands behind a colon can be values.
 */
const firstValue = /["'«»„“”‘’「『:：]|[-+]?(?:\p{Nd}|\b(?:nan|inf(?:inity)?)\b)|\b[0-9A-F]+\//iu;

/**
 * Whether a statement could have had a masked value to quote: `yes`; `code`, only through a trigger
 * or a constraint that is checked late; or `no`, where no column is masked.
 */
export type Told = 'yes' | 'code' | 'no';

/** An ErrorResponse or NoticeResponse without the values that it may quote. */
export function maskReport(raw: Buffer, told: Told, text: TextMasker | null): Buffer {
  const isError = raw[0] === backendType.errorResponse;
  const { fields } = isError ? decodeErrorResponse(raw) : decodeNoticeResponse(raw);
  const hides = told === 'yes' || (told === 'code' && mayQuoteRows(fields));
  const kept = hides ? withoutValues(fields) : fields;
  const masked = text === null ? kept : mapFields(kept, (value) => text.maskString(value));
  if (same(masked, fields)) return raw;
  return isError ? encodeErrorResponse(masked) : encodeNoticeResponse(masked);
}

function mayQuoteRows({ where, internalQuery, code = '' }: ReportFields): boolean {
  return where !== undefined || internalQuery !== undefined || /^(23|P0)/.test(code);
}

function withoutValues(fields: ReportFields): ReportFields {
  const { severity, severityInvariant, code = '', message = '', position, file, line } = fields;
  const origin = present({ file, line, routine: fields.routine });
  const fromCode = fields.where !== undefined || fields.internalQuery !== undefined;
  // Of a value that is read as SQL, as regtype does, the position is in the value.
  const place = fromCode ? {} : present({ position });
  const head = { ...present({ severity, severityInvariant }), code, ...place };
  const kind = code.slice(0, 2);
  if (!fromCode && position !== undefined && quotesStatement.has(kind)) {
    return { ...head, message, ...present({ hint: fields.hint }), ...origin };
  }
  if (!fromCode && namesOnly.has(kind)) {
    const { schema, table, column, dataType, constraint } = fields;
    return {
      ...head,
      message,
      ...present({ schema, table, column, dataType, constraint }),
      ...origin,
    };
  }
  return { ...head, message: beforeValue(kind, message, fromCode), ...origin };
}

/** What code says of its own may be anything; the server's own words are cut at the first value. */
function beforeValue(kind: string, message: string, fromCode: boolean): string {
  if (fromCode || !ownWords.has(kind))
    return `${redactedText} (hoopx: the message may hold masked values)`;
  const at = message.search(firstValue);
  if (at === -1) return message;
  const head = message.slice(0, at);
  return message[at] === ':' ? `${head}: ${redactedText}` : `${head}${redactedText}`;
}

function mapFields(fields: ReportFields, map: (value: string) => string): ReportFields {
  const entries = Object.entries(fields).map(([name, value]) => [name, value && map(value)]);
  return Object.fromEntries(entries);
}

function same(one: ReportFields, other: ReportFields): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function present(
  fields: {
    readonly [Name in keyof ReportFields]: string | undefined;
  },
): ReportFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
