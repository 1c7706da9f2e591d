import { describe, expect, test } from 'vitest';
import type { Principal } from '../../../src/core/principal.ts';
import { refusalCodes } from '../../../src/core/refusal.ts';
import type { HeldRequest } from '../../../src/core/request.ts';
import { errorResponseFor, heldNotice } from '../../../src/protocols/postgres/faults.ts';
import { decodeBackend } from '../../../src/protocols/postgres/wire/decode-backend.ts';

const principal: Principal = {
  issuer: 'https://idp.example.com',
  subject: 'u1',
  kind: 'human',
  name: 'ann@example.com',
  person: 'u1',
  personNamespace: 'corp',
  groups: [],
  groupsClaimMissing: false,
  authenticatedBy: 'oidc corp',
};

const request: HeldRequest = {
  id: 'req_1',
  salt: 'salt',
  version: 1,
  state: 'pending',
  mode: 'live',
  createdAt: 0,
  expiresAt: Date.UTC(2030, 0, 2, 3, 4, 5, 678),
  runBefore: null,
  endedAt: null,
  principal,
  connection: { name: 'pg-prod', revision: 'sha256:0', labels: {} },
  protocol: 'postgres',
  database: 'app',
  upstreamUser: 'app',
  digest: 'sha256:0',
  summary: 'DELETE FROM accounts',
  presentation: {
    statement: 'DELETE FROM accounts',
    parameters: [],
    notes: [],
    outline: [],
    transaction: { state: 'none', ran: [] },
    inputNotReviewed: null,
  },
  reason: null,
  idempotencyKey: null,
  rules: ['writes need a DBA'],
  policyRevision: 'sha256:0',
  chains: [
    {
      name: 'dba',
      stages: [
        { groups: ['dba'], count: 1 },
        { users: ['bob', 'eve'], count: 2 },
      ],
      approveWithinMs: 1,
      runWithinMs: 1,
      fallback: 'deny',
    },
  ],
  decisions: [],
  fallbackCause: null,
  cancelledBy: null,
  outcome: null,
  sessionId: 's1',
};

function fieldsOf(raw: Buffer) {
  const message = decodeBackend(raw);
  if (message.kind !== 'errorResponse' && message.kind !== 'noticeResponse')
    throw new Error('kind');
  return message.fields;
}

describe('a refusal as PostgreSQL says it', () => {
  test('names message, request, rules and what to do', () => {
    const raw = errorResponseFor({
      code: 'DENIED_BY_REVIEWER',
      message: 'denied by bob: not today',
      hint: 'Talk to the reviewer.',
      rules: ['writes need a DBA', 'prod is slow'],
      requestId: 'req_1',
    });
    expect(fieldsOf(raw)).toEqual({
      severity: 'ERROR',
      severityInvariant: 'ERROR',
      code: '42501',
      message: 'hoopx: denied by bob: not today',
      detail:
        'Request req_1. Rules "writes need a DBA", "prod is slow". Reason DENIED_BY_REVIEWER.',
      hint: 'Talk to the reviewer.',
    });
  });

  test.each([
    ['DENIED_BY_RULE', '42501', 'ERROR'],
    ['UNPARSEABLE', '42601', 'ERROR'],
    ['CANCELLED_BY_REQUESTER', '57014', 'ERROR'],
    ['STORE_UNAVAILABLE', '58000', 'ERROR'],
    ['LOGIN_EXPIRED', '28000', 'FATAL'],
    ['PROTOCOL_VIOLATION', '08P01', 'FATAL'],
    ['SESSION_KILLED', '57P01', 'FATAL'],
  ] as const)('%s is %s, %s', (code, sqlstate, severity) => {
    expect(fieldsOf(errorResponseFor({ code, message: 'm' }))).toMatchObject({
      code: sqlstate,
      severity,
      severityInvariant: severity,
    });
  });

  test('every code has five characters of SQLSTATE, and any of them may end the session', () => {
    for (const code of refusalCodes) {
      const { code: sqlstate, severity } = fieldsOf(
        errorResponseFor({ code, message: '' }, 'FATAL'),
      );
      expect(sqlstate).toMatch(/^[0-9A-Z]{5}$/);
      expect(severity).toBe('FATAL');
    }
  });

  test('pitfall 38: hostile text can neither drive a terminal nor break the message', () => {
    const evil = 'a\0b\u001b[2J\u202e\ud800';
    const raw = errorResponseFor({
      code: 'DENIED_BY_RULE',
      message: evil,
      hint: evil,
      rules: [`${evil}\nnext`],
      requestId: evil,
    });
    for (const text of Object.values(fieldsOf(raw))) expect(text).not.toMatch(/[\p{C}\ufffd]/u);
  });

  test('pitfall 47: a megabyte of reason is cut', () => {
    const raw = errorResponseFor({ code: 'DENIED_BY_RULE', message: 'x'.repeat(1 << 20) });
    expect(raw.length).toBeLessThan(5000);
  });
});

describe('the notice to a client that waits', () => {
  test('says what for, who can approve, how, and until when', () => {
    expect(fieldsOf(heldNotice(request, true))).toEqual({
      severity: 'NOTICE',
      severityInvariant: 'NOTICE',
      code: '00000',
      message: 'hoopx: held for approval (req_1)',
      detail:
        'Rule "writes need a DBA". Chain "dba": 1 of group dba, then 2 of user bob or user eve. It lapses at 2030-01-02T03:04:05Z.',
      hint: 'A reviewer runs: hoopx approve req_1 (Ctrl-C cancels the request)',
    });
  });

  test('is short when it comes again', () => {
    const { detail, message } = fieldsOf(heldNotice(request, false));
    expect(detail).toBeUndefined();
    expect(message).toBe('hoopx: still held for approval (req_1)');
  });
});
