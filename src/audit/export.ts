import type { AuditRecord } from '../core/audit-record.ts';
import { cef } from './cef.ts';
import { ocsf } from './ocsf.ts';
import { readRecords } from './read-records.ts';

export type ExportFormat = 'jsonl' | 'cef' | 'ocsf';

/** Every record as a line of that form; `since` is RFC 3339. */
export async function* exportLines(
  folder: string,
  format: ExportFormat,
  since: string | null,
  version: string,
): AsyncGenerator<string> {
  for await (const { line, record } of readRecords(folder)) {
    if (record === null || (since !== null && record.time < since)) continue;
    yield format === 'jsonl' ? line : exported(record, format, version);
  }
}

/** One record in the words of other systems. `version` is that of the gateway. */
export function exported(record: AuditRecord, format: 'cef' | 'ocsf', version: string): string {
  return format === 'cef' ? cef(record, version) : ocsf(record, version);
}
