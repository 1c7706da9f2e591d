import type { AuditRecord } from '../core/audit-record.ts';
import { type Gist, gistOf, severityOf } from './gist.ts';

const authentication = { category: 3, class: 3002, activity: 1 } as const;
const apiActivity = { category: 6, class: 6003, activity: 99 } as const;

/** Open Cybersecurity Schema Framework 1.3: logins as Authentication, the rest as API Activity. */
export function ocsf(record: AuditRecord, version: string): string {
  const gist = gistOf(record);
  const login = record.type === 'login_seen';
  const of = login ? authentication : apiActivity;
  return JSON.stringify({
    activity_id: of.activity,
    ...(login ? {} : { activity_name: record.type }),
    category_uid: of.category,
    class_uid: of.class,
    type_uid: of.class * 100 + of.activity,
    time: Date.parse(record.time),
    severity_id: severityId(record),
    status_id: statusId(record),
    ...(gist.outcome === null ? {} : { status_detail: gist.outcome }),
    metadata: {
      version: '1.3.0',
      uid: `${record.seq}`,
      product: { name: 'hoopx', vendor_name: 'hoopx', version },
    },
    ...(login ? loginParts(gist) : activityParts(record, gist)),
    unmapped: record,
  });
}

const gateway = { name: 'hoopx' };

function loginParts({ user }: Gist): object {
  return { user: userOf(user), service: gateway };
}

/** The source is the gateway: from where its client came is not in the log. */
function activityParts(record: AuditRecord, { user, target, request, session }: Gist): object {
  return {
    actor: {
      app_name: gateway.name,
      ...(user === null ? {} : { user: userOf(user) }),
      ...(session === null ? {} : { session: { uid: session } }),
    },
    api: {
      operation: record.type,
      ...(request === null ? {} : { request: { uid: request } }),
    },
    src_endpoint: { svc_name: gateway.name },
    ...(target === null ? {} : { dst_endpoint: { name: target } }),
  };
}

function userOf(user: Gist['user']): object {
  if (user === null) return { name: 'unknown' };
  return user.uid === null ? { name: user.name } : { name: user.name, uid: user.uid };
}

function severityId(record: AuditRecord): number {
  const severity = severityOf(record);
  if (severity >= 6) return 4;
  return severity >= 4 ? 3 : 1;
}

const [unknown, success, failure] = [0, 1, 2];

function statusId(record: AuditRecord): number {
  switch (record.type) {
    case 'operation_refused':
    case 'request_ended':
    case 'anchor_diverged':
      return failure;
    case 'recording_closed':
      if (record.state === 'recovered') return unknown;
      return record.state === 'complete' ? success : failure;
    case 'outcome':
      return { succeeded: success, failed: failure, unknown }[record.state];
    default:
      return success;
  }
}
