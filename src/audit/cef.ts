import type { AuditRecord } from '../core/audit-record.ts';
import { gistOf, severityOf } from './gist.ts';

/** ArcSight Common Event Format, version 0. */
export function cef(record: AuditRecord, version: string): string {
  const { user, target, request, session, outcome } = gistOf(record);
  const extension: readonly (readonly [string, string | null])[] = [
    ['rt', `${Date.parse(record.time)}`],
    ['externalId', `${record.seq}`],
    ['suser', user?.name ?? null],
    ['suid', user?.uid ?? null],
    ['outcome', outcome],
    ['cs1', request],
    ['cs1Label', request === null ? null : 'request'],
    ['cs2', session],
    ['cs2Label', session === null ? null : 'session'],
    ['cs3', target],
    ['cs3Label', target === null ? null : 'target'],
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
