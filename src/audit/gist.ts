import type { AuditRecord } from '../core/audit-record.ts';

/** What most matters for whoever watches: who, on what, and how it ended. */
export interface Gist {
  readonly user: { readonly name: string; readonly uid: string | null } | null;
  readonly target: string | null;
  readonly request: string | null;
  readonly session: string | null;
  readonly outcome: string | null;
}

const named = (name: string | null) => (name === null ? null : { name, uid: null });

export function gistOf(record: AuditRecord): Gist {
  const has = <Key extends string>(key: Key): string | null => {
    const value: unknown = (record as Partial<Record<Key, unknown>>)[key];
    return typeof value === 'string' ? value : null;
  };
  const who =
    'principal' in record ? record.principal : record.type === 'decision' ? record.by : null;
  return {
    user: who === null ? named(has('by')) : { name: who.name, uid: who.subject },
    target: has('connection') ?? has('anchor'),
    request: has('request'),
    session: has('session'),
    outcome:
      record.type === 'recording_removed'
        ? record.reason
        : (has('state') ?? has('decision') ?? has('code') ?? has('problem')),
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
    case 'recording_closed':
      return record.state === 'complete' ? 2 : 6;
    case 'recording_removed':
    case 'decision':
    case 'request_ended':
    case 'configuration_changed':
    case 'reviewer_key_enrolled':
      return 4;
    default:
      return 2;
  }
}
