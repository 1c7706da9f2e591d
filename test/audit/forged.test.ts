import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecord } from '../../src/audit/read-records.ts';
import type { VerifyOptions } from '../../src/audit/verify.ts';
import type { AuditBody, AuditHead, AuditRecord } from '../../src/core/audit-record.ts';
import { sealRecord } from '../../src/core/audit-seal.ts';
import { generateSigningKey, reviewerKeyId } from '../../src/core/signing-key.ts';
import { type LivedLog, livedLog, removalOf } from './lived-log.ts';

/** What whoever holds the gateway and its key can write: a log whose every link and root is right. */
let log: LivedLog;
let records: readonly AuditRecord[];

beforeAll(async () => {
  log = await livedLog();
  records = log.lines.flatMap((line) => readRecord(line).record ?? []);
}, 120_000);

afterAll(() => log[Symbol.asyncDispose]());

type Of<Type extends AuditBody['type']> = Extract<AuditRecord, { type: Type }>;

function isOf<Type extends AuditBody['type']>(record: AuditRecord, type: Type): record is Of<Type> {
  return record.type === type;
}

function first<Type extends AuditBody['type']>(type: Type): Of<Type> {
  const found = records.find((record): record is Of<Type> => isOf(record, type));
  if (found === undefined) throw new Error(`no ${type}`);
  return found;
}

function sealed(bodies: readonly AuditRecord[]): readonly string[] {
  let head: AuditHead | null = null;
  return bodies.map((record) => {
    const { v: _, seq: __, prev: ___, time, ...body } = record;
    const next = sealRecord(body as AuditBody, head, Date.parse(time));
    head = next;
    return next.line;
  });
}

/** The log with one record replaced by these, sealed anew from the beginning. */
async function forged(
  record: AuditRecord,
  replacement: readonly AuditRecord[],
  options: Partial<VerifyOptions> = {},
) {
  const bodies = records.toSpliced(records.indexOf(record), 1, ...replacement);
  const { verdict, findings } = await log.verify(
    { lines: sealed(bodies), checkpoints: '' },
    options,
  );
  return `${verdict}: ${findings[0]?.problem}`;
}

describe('a log that was written anew by whoever holds the gateway', () => {
  it('is not what was kept elsewhere', async () => {
    const started = first('gateway_started');
    const later = { ...started, version: 'other' };
    const anchors = [{ name: 'elsewhere', text: log.checkpoints }];
    expect(await forged(started, [later], { anchors })).toMatch(/^tampered: .*elsewhere/);
  });

  it('shows a decision that its reviewer did not sign', async () => {
    const decision = first('decision');
    const operation = `sha256:${'0'.repeat(64)}`;
    expect(await forged(decision, [{ ...decision, operation }])).toMatch(/another operation/);
    const signature = { ...decision.signature, time: '2026-01-01T00:00:00.000Z' };
    expect(await forged(decision, [{ ...decision, signature }])).toMatch(/is not what .* signed/);
  });

  it('shows a decision by a key that was never enrolled for its reviewer', async () => {
    const decision = first('decision');
    const keyId = reviewerKeyId(generateSigningKey().publicKey);
    const signature = { ...decision.signature, keyId };
    expect(await forged(decision, [{ ...decision, signature }])).toMatch(/never enrolled/);
    const by = { ...decision.by, subject: 'mallory' };
    expect(await forged(decision, [{ ...decision, by }])).toMatch(/never enrolled/);
  });

  it('shows invented keys to whoever has the reviewers’ own', async () => {
    const { principal, keyId, publicKey } = first('reviewer_key_enrolled');
    const { issuer, subject } = principal;
    const known = [{ keyId, publicKey, issuer, subject }];
    expect((await log.verify({}, { reviewerKeys: known })).keysOnGatewaysWord).toEqual([]);
    const key = generateSigningKey().publicKey;
    const other = [{ keyId: reviewerKeyId(key), publicKey: key, issuer, subject }];
    const { verdict, findings } = await log.verify({}, { reviewerKeys: other });
    expect([verdict, findings[0]?.problem]).toEqual([
      'tampered',
      expect.stringContaining('not among the reviewer keys given'),
    ]);
    expect((await log.verify({})).keysOnGatewaysWord).toMatchObject([{ keyId, subject }]);
  });

  it('shows an approval of one’s own, and one by an agent', async () => {
    const decision = first('decision');
    const { principal } = first('request_submitted');
    const own = { ...decision, by: principal };
    expect(await forged(decision, [own])).toMatch(/a request of their own/);
    const agent = { ...decision, by: { ...decision.by, kind: 'agent' } } as const;
    expect(await forged(decision, [agent])).toMatch(/is no person/);
  });

  it('shows that something ran twice, unapproved, too late, or after its end', async () => {
    const intent = first('intent');
    expect(await forged(intent, [intent, intent])).toMatch(/run a second time/);
    const approved = first('request_approved');
    expect(await forged(approved, [])).toMatch(/without an approval/);
    const lapsed = { ...approved, runBefore: approved.time };
    expect(await forged(approved, [lapsed])).toMatch(/had lapsed/);
    const { request, operation } = intent;
    const by = { state: 'revoked', by: 'x', cause: null } as const;
    const ended = { ...intent, type: 'request_ended', request, operation, ...by } as const;
    expect(await forged(intent, [ended, intent])).toMatch(/after it had ended/);
  });

  it('shows that too few people approved it, or too late', async () => {
    const submitted = first('request_submitted');
    const chains = [{ name: 'dba', stages: [{ groups: ['dba'], count: 2 }] }];
    expect(await forged(submitted, [{ ...submitted, chains }])).toMatch(/enough different people/);
    const others = [{ name: 'dba', stages: [{ groups: ['sre'], count: 1 }] }];
    expect(await forged(submitted, [{ ...submitted, chains: others }])).toMatch(/enough different/);
    const early = { ...submitted, expiresAt: submitted.time };
    expect(await forged(submitted, [early])).toMatch(/decided after its time/);
    const decision = first('decision');
    expect(await forged(decision, [decision, decision])).toMatch(/a second time/);
  });

  it('shows content that was erased before its request had ended', async () => {
    const { principal, request } = first('request_submitted');
    const intent = first('intent');
    const erased = { type: 'content_erased', principal, requests: [request] } as const;
    const { v, seq, time, prev } = intent;
    const record = { ...erased, sessions: [], before: null, v, seq, time, prev };
    expect(await forged(intent, [intent, record])).toMatch(/erased before it had ended/);
    const { requests: _, ...nameless } = record;
    const changed = { ...nameless, rdquests: [request] } as unknown as typeof record;
    expect(await forged(intent, [intent, changed])).toMatch(/erased, and not of what/);
  });

  it('shows recordings that were closed twice, by nobody, with nothing said, or removed too early', async () => {
    const closed = first('recording_closed');
    expect(await forged(closed, [closed, closed])).toMatch(/^tampered: .*closed a second time/);
    expect(await forged(first('session_began'), [])).toMatch(/^tampered: .*which never began/);
    const { files: _, ...silent } = closed;
    expect(await forged(closed, [silent as typeof closed])).toMatch(/says not what it holds/);
    const removed = removalOf(closed, 'age');
    expect(await forged(closed, [removed, closed])).toMatch(/removed before it was closed/);
    expect(await forged(closed, [closed, removed])).toMatch(/^no_anchor/);
  });

  it('shows recordings of which nothing is there, or known, although something ran', async () => {
    const closed = first('recording_closed');
    expect(await forged(closed, [first('gateway_started')])).toMatch(
      /^gap: .*what the recording of .* holds is not in the log/,
    );
    const nothing = { ...closed, state: 'recovered', files: [] } as const;
    expect(await forged(closed, [nothing])).toMatch(/^gap: .*nothing of its recording was there/);
    const optional = records.map((record) =>
      record.type === 'session_began' ? { ...record, recording: 'optional' as const } : record,
    );
    const lines = sealed(optional.with(records.indexOf(closed), nothing));
    expect((await log.verify({ lines, checkpoints: '' })).findings).toEqual([]);
  });

  it('shows an outcome that is missing although the gateway was started since', async () => {
    const outcome = first('outcome');
    expect(await forged(outcome, [first('gateway_started')])).toMatch(/^gap: .*what became of it/);
    const again = [outcome, outcome];
    expect(await forged(outcome, again)).toMatch(/second outcome/);
  });
});
