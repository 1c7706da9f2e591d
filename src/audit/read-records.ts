import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type AuditRecord, auditVersion } from '../core/audit-record.ts';
import { canonicalJson, recordHash } from '../core/audit-seal.ts';
import { listSegments } from './segments.ts';

/** One line of the files, as it is. */
export interface ReadRecord {
  readonly line: string;
  readonly hash: string;
  /** Null when the line is not a record in canonical form. */
  readonly record: AuditRecord | null;
}

/** Every line of a folder's segments, in order. */
export async function* readRecords(folder: string): AsyncGenerator<ReadRecord> {
  for (const { file } of await listSegments(folder)) {
    const lines = createInterface({ input: createReadStream(file), crlfDelay: 0 });
    for await (const line of lines) yield readRecord(line);
  }
}

export function readRecord(line: string): ReadRecord {
  return { line, hash: recordHash(line), record: recordOf(line) };
}

/**
 * What is hashed is the line, so its members need no more checking here than that they are
 * what is read of them; whoever wrote the line vouches for the rest.
 */
function recordOf(line: string): AuditRecord | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return null;
    if (!isRecord(value) || canonicalJson(value) !== line) return null;
    return value;
  } catch {
    return null;
  }
}

function isRecord(value: object): value is AuditRecord {
  return (
    'v' in value &&
    value.v === auditVersion &&
    'seq' in value &&
    Number.isSafeInteger(value.seq) &&
    'type' in value &&
    typeof value.type === 'string' &&
    'time' in value &&
    typeof value.time === 'string' &&
    'prev' in value &&
    (value.prev === null || typeof value.prev === 'string')
  );
}
