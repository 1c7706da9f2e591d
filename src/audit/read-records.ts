import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
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

/**
 * Every line of a folder's segments, in order, from where record `from` belongs. What a crash left
 * half written at the very end is no record yet.
 */
export async function* readRecords(folder: string, from = 1): AsyncGenerator<ReadRecord> {
  for await (const bytes of readLines(folder, from)) yield readBytes(bytes);
}

/** The same as they are, without their line feeds. */
export async function* readLines(folder: string, from = 1): AsyncGenerator<Buffer> {
  const segments = await listSegments(folder);
  const begin = segments.findLastIndex(({ first }) => first <= from);
  const wanted = segments.slice(Math.max(0, begin));
  let skip = Math.max(0, from - (wanted[0]?.first ?? 1));
  for (const [index, { file }] of wanted.entries()) {
    for await (const line of linesOf(file, index === wanted.length - 1)) {
      if (skip === 0) yield line;
      else skip -= 1;
    }
    // What a file lacks is missed, not made up for by the next.
    skip = 0;
  }
}

const newline = 0x0a;

/** Whether the last segment ends in the midst of a line, which no reading here returns. */
export async function endsUnfinished(folder: string): Promise<boolean> {
  const last = (await listSegments(folder)).at(-1);
  if (last === undefined) return false;
  const file = await open(last.file);
  try {
    const { size } = await file.stat();
    if (size === 0) return false;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== newline;
  } finally {
    await file.close();
  }
}

/** Cut at line feeds and nothing else: a name may hold U+2028, which readline would cut at. */
async function* linesOf(file: string, last: boolean): AsyncGenerator<Buffer> {
  let pending: readonly Buffer[] = [];
  for await (const chunk of createReadStream(file)) {
    const bytes: Buffer = chunk;
    let from = 0;
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, from)) {
      yield Buffer.concat([...pending, bytes.subarray(from, at)]);
      pending = [];
      from = at + 1;
    }
    pending = [...pending, bytes.subarray(from)];
  }
  const rest = Buffer.concat(pending);
  if (rest.length > 0 && !last) yield rest;
}

/** Bytes that are no UTF-8 would all read as the same character, and hide a change. */
function readBytes(bytes: Buffer): ReadRecord {
  const read = readRecord(bytes.toString('utf8'));
  return Buffer.from(read.line).equals(bytes) ? read : { ...read, record: null };
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
