import type { AuditRecord } from '../core/audit-record.ts';
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

/** What most matters for whoever watches: who, on what, and how it ended. */
interface Gist {
  readonly user: string | null;
  readonly target: string | null;
  readonly request: string | null;
  readonly session: string | null;
  readonly outcome: string | null;
}

function gistOf(record: AuditRecord): Gist {
  const has = <Key extends string>(key: Key): string | null => {
    const value: unknown = (record as Partial<Record<Key, unknown>>)[key];
    return typeof value === 'string' ? value : null;
  };
  const who =
    'principal' in record ? record.principal : record.type === 'decision' ? record.by : null;
  return {
    user: who?.name ?? has('by'),
    target: has('connection') ?? has('anchor'),
    request: has('request'),
    session: has('session'),
    outcome: has('state') ?? has('decision') ?? has('code') ?? has('problem'),
  };
}

/** Of 10: what was refused or went another way than people decided stands out. */
export function severityOf(record: AuditRecord): number {
  switch (record.type) {
    case 'anchor_diverged':
      return 9;
    case 'operation_refused':
    case 'content_erased':
    case 'fallback_approved':
      return 6;
    case 'outcome':
      return record.state === 'unknown' ? 7 : 3;
    case 'decision':
    case 'request_ended':
    case 'configuration_changed':
    case 'reviewer_key_enrolled':
      return 4;
    default:
      return 2;
  }
}

/** ArcSight Common Event Format, version 0. */
function cef(record: AuditRecord, version: string): string {
  const { user, target, request, session, outcome } = gistOf(record);
  const extension: readonly (readonly [string, string | null])[] = [
    ['rt', `${Date.parse(record.time)}`],
    ['externalId', `${record.seq}`],
    ['suser', user],
    ['dhost', target],
    ['outcome', outcome],
    ['cs1', request],
    ['cs1Label', request === null ? null : 'request'],
    ['cs2', session],
    ['cs2Label', session === null ? null : 'session'],
  ];
  const pairs = extension.flatMap(([key, value]) =>
    value === null ? [] : [`${key}=${cefValue(value)}`],
  );
  const head = [version, record.type, record.type.replaceAll('_', ' '), `${severityOf(record)}`];
  const header = head.map((part) => part.replace(/[\\|]/g, '\\$&'));
  return `CEF:0|hoopx|hoopx|${header.join('|')}|${pairs.join(' ')}`;
}

/** No byte of it ends the line, whatever the receiver takes for the end of one. */
function cefValue(text: string): string {
  const escaped = text.replace(/[\\=]/g, '\\$&').replace(/\r?\n|\r/g, '\\n');
  return escaped.replace(/[\p{Cc}\u2028\u2029]/gu, '\ufffd');
}

/** Open Cybersecurity Schema Framework 1.3: logins as Authentication, the rest as API Activity. */
function ocsf(record: AuditRecord, version: string): string {
  const { user, target, request, session, outcome } = gistOf(record);
  const login = record.type === 'login_seen';
  const severity = severityOf(record);
  const classUid = login ? 3002 : 6003;
  const activity = login ? 1 : 99;
  const failed = record.type === 'operation_refused' || outcome === 'failed';
  return JSON.stringify({
    activity_id: activity,
    category_uid: login ? 3 : 6,
    class_uid: classUid,
    type_uid: classUid * 100 + activity,
    time: Date.parse(record.time),
    severity_id: severity >= 6 ? 4 : severity >= 4 ? 3 : 1,
    status_id: failed ? 2 : 1,
    metadata: {
      version: '1.3.0',
      uid: `${record.seq}`,
      product: { name: 'hoopx', vendor_name: 'hoopx', version },
    },
    ...(login
      ? { user: { name: user ?? '' } }
      : {
          actor: { ...(user === null ? {} : { user: { name: user } }) },
          api: {
            operation: record.type,
            ...(request === null ? {} : { request: { uid: request } }),
          },
        }),
    ...(target === null ? {} : { dst_endpoint: { name: target } }),
    ...(session === null ? {} : { session: { uid: session } }),
    unmapped: record,
  });
}
