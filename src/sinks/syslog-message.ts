import { severityOf } from '../audit/gist.ts';
import type { AuditRecord, SealedRecord } from '../core/audit-record.ts';

export interface SyslogWords {
  /** The gateway's own name. */
  readonly host: string;
  /** The record in the sink's format. */
  readonly text: string;
}

/** `log audit` (RFC 5424, table 1). */
const facility = 13;

/** Private enterprise number that RFC 5612 keeps for documentation: hoopx has none of its own. */
const enterprise = 32473;

/**
 * One record as a syslog message (RFC 5424, section 6), counted in octets (RFC 5425, section
 * 4.3). The text goes as it is, without a byte order mark: its hash would not fit otherwise.
 */
export function syslogFrame(
  { seq, hash }: SealedRecord,
  record: AuditRecord | null,
  { host, text }: SyslogWords,
): Buffer {
  const priority = facility * 8 + (record === null ? 3 : syslogSeverity(record));
  const header = [
    `<${priority}>1`,
    record?.time ?? '-',
    printable(host, 255),
    'hoopx',
    '-',
    printable(record?.type ?? '-', 32),
  ].join(' ');
  const params = [
    ['seq', `${seq}`],
    ['hash', hash],
    ...['session', 'request'].flatMap((name) => {
      const value: unknown =
        record === null ? null : Object.entries(record).find(isNamed(name))?.[1];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  ];
  const data = params.map(([name, value = '']) => `${name}="${escaped(value)}"`).join(' ');
  const message = Buffer.from(`${header} [hoopx@${enterprise} ${data}] ${text}`);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

const isNamed = (name: string) => (entry: readonly [string, unknown]) => entry[0] === name;

/** Of 10 as the other formats have it, to syslog's 7 (harmless) to 0. */
function syslogSeverity(record: AuditRecord): number {
  const severity = severityOf(record);
  if (severity >= 6) return 4;
  return severity >= 4 ? 5 : 6;
}

/** PRINTUSASCII, and `-` for nothing. */
function printable(text: string, most: number): string {
  const kept = text.replace(/[^\x21-\x7e]/g, '').slice(0, most);
  return kept === '' ? '-' : kept;
}

/** Section 6.3.3. */
function escaped(value: string): string {
  return value.replace(/["\\\]]/g, '\\$&');
}
