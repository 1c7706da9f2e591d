import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RequestDraft } from '../../src/core/approvals.ts';
import {
  agent,
  type Bench,
  chain,
  decision,
  digestOfText,
  draft,
  engineer,
  openBench,
  reviewer,
  submitted,
} from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench({ openPerPrincipal: 5 });
});
afterEach(() => bench.close());

async function refusal(change: Partial<RequestDraft>) {
  const submission = await bench.approvals.submit(draft(change));
  return submission.kind === 'refused' ? submission.refusal : null;
}

async function approved(change: Partial<RequestDraft> = {}) {
  const { request } = await submitted(bench, change);
  await bench.approvals.decide(request.id, decision(request), reviewer);
  return request;
}

const outcome = { message: null, targetCode: null, rowCount: 1 };
const policyChain = chain({ fallback: { policy: 'night' } });
const others = [chain({ stages: [{ groups: ['sre'], count: 1 }] })];
const unsatisfiable = [chain({ stages: [{ users: ['engineer'], count: 1 }] })];

describe('bounds', () => {
  it('pitfall 47: refuses a reason of a megabyte, and keeps one of 2,000 characters', async () => {
    const reason = 'x'.repeat(1024 * 1024);
    expect((await refusal({ reason }))?.code).toBe('LIMIT_EXCEEDED');
    expect((await refusal({ idempotencyKey: reason }))?.code).toBe('LIMIT_EXCEEDED');
    expect(await refusal({ reason: 'x'.repeat(2_000) })).toBeNull();
    const { request } = await submitted(bench);
    const said = { kind: 'deny', digest: request.digest, reason } as const;
    expect(await bench.approvals.decide(request.id, said, reviewer)).toMatchObject({
      code: 'REASON_TOO_LONG',
    });
  });

  it('pitfall 47: refuses more open requests of one principal than its limit', async () => {
    const all = Array.from({ length: 20 }, (_, index) =>
      refusal({ mode: 'live', digest: digestOfText(`q${index}`) }),
    );
    const codes = (await Promise.all(all)).map((each) => each?.code ?? 'held');
    expect(codes.filter((code) => code === 'held')).toHaveLength(5);
    expect(codes.filter((code) => code === 'LIMIT_EXCEEDED')).toHaveLength(15);
    expect(await refusal({ principal: agent })).toBeNull();
  });

  it('lets a principal ask again once something has ended', async () => {
    const { request } = await submitted(bench, { mode: 'live' });
    for (const text of 'abcd') await submitted(bench, { digest: digestOfText(text) });
    expect((await refusal({ digest: digestOfText('e') }))?.code).toBe('LIMIT_EXCEEDED');
    await bench.approvals.cancel(request.id, 'engineer', 'left');
    expect(await refusal({ digest: digestOfText('e') })).toBeNull();
  });

  it('refuses an operation too large to review, and a review without a chain', async () => {
    const { presentation } = draft();
    const statement = 'x'.repeat(17 * 1024 * 1024);
    const large = { presentation: { ...presentation, statement } };
    expect((await refusal(large))?.code).toBe('LIMIT_EXCEEDED');
    expect((await refusal({ chains: [] }))?.code).toBe('INTERNAL');
  });
});

describe('a claimable repeat', () => {
  it('joins while it is pending, also when both come at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => submitted(bench)));
    expect(new Set(all.map(({ request }) => request.id)).size).toBe(1);
    expect(all.filter(({ joined }) => !joined)).toHaveLength(1);
  });

  it('never joins or claims for another principal, not even the owner’s agent', async () => {
    const request = await approved();
    const other = await submitted(bench, { principal: agent });
    expect(other.request.id).not.toBe(request.id);
    expect(other.request.state).toBe('pending');
  });

  it('pitfall 42: never claims for another digest', async () => {
    const request = await approved();
    const other = await submitted(bench, { digest: digestOfText('drop') });
    expect(other.request.id).not.toBe(request.id);
  });

  it('finds its approval, and asks anew once that is consumed', async () => {
    const request = await approved();
    const claim = await submitted(bench);
    expect(claim).toMatchObject({ joined: true, request: { id: request.id, state: 'approved' } });
    await bench.approvals.consume(request.id);
    const anew = await submitted(bench);
    expect(anew).toMatchObject({ joined: false, request: { state: 'pending' } });
  });

  it('pitfall 43: asks anew when the approval has lapsed, a new session notwithstanding', async () => {
    const request = await approved();
    bench.time.now += 29_999;
    expect((await submitted(bench)).request.id).toBe(request.id);
    bench.time.now += 1;
    expect((await submitted(bench)).request.id).not.toBe(request.id);
    expect((await bench.approvals.get(request.id))?.state).toBe('expired');
  });

  it('asks anew when the chain has changed, and takes the old approval back', async () => {
    const request = await approved();
    const anew = await submitted(bench, { chains: others });
    expect(anew).toMatchObject({ joined: false, request: { state: 'pending', chains: others } });
    expect(await bench.approvals.get(request.id)).toMatchObject({ state: 'revoked' });
    expect((await bench.approvals.consume(request.id)).kind).toBe('lost');
  });

  it('asks anew when the chain has changed while it was pending', async () => {
    const { request } = await submitted(bench);
    const anew = await submitted(bench, { chains: others });
    expect(anew.joined).toBe(false);
    expect((await bench.approvals.get(request.id))?.state).toBe('cancelled');
  });

  it('stands when only the order of chains and absent members differ', async () => {
    const two = [chain({ name: 'a' }), chain({ name: 'b' })];
    const { request } = await submitted(bench, { chains: two });
    const again = two.toReversed().map((each) => ({
      ...each,
      stages: each.stages.map((stage) => Object.assign({ users: undefined }, stage)),
    }));
    expect((await submitted(bench, { chains: again })).request.id).toBe(request.id);
  });

  it('asks anew when the requester turns out to be the person who approved', async () => {
    const principal = { ...agent, person: 'someone' };
    const { request } = await submitted(bench, { principal });
    await bench.approvals.decide(request.id, decision(request), reviewer);
    const moved = await submitted(bench, { principal: { ...principal, person: 'reviewer' } });
    expect(moved).toMatchObject({ joined: false, request: { state: 'pending' } });
  });
});

describe('a live request', () => {
  it('is never joined and never claimed', async () => {
    const request = await approved({ mode: 'live' });
    expect((await submitted(bench, { mode: 'live' })).request.id).not.toBe(request.id);
    expect((await submitted(bench)).request.id).not.toBe(request.id);
  });

  it('neither joins nor claims what was claimable', async () => {
    const request = await approved();
    expect((await submitted(bench, { mode: 'live' })).request.id).not.toBe(request.id);
  });
});

describe('an idempotency key', () => {
  const key = { idempotencyKey: 'k1' };

  it('conflicts with another operation under the same key', async () => {
    const { request } = await submitted(bench, key);
    expect(await refusal({ ...key, digest: digestOfText('other') })).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      requestId: request.id,
    });
  });

  it('returns the first request while it is pending, and lets it be claimed', async () => {
    const request = await approved(key);
    expect((await submitted(bench, key)).request).toMatchObject({ id: request.id });
  });

  it('never runs again once it ran, whatever became of it', async () => {
    const request = await approved(key);
    await bench.approvals.consume(request.id);
    expect(await refusal(key)).toMatchObject({ code: 'ALREADY_RAN', requestId: request.id });
    await bench.approvals.finish(request.id, 'failed', outcome);
    expect(await refusal(key)).toMatchObject({ code: 'ALREADY_RAN', requestId: request.id });
  });

  it('returns a denial again', async () => {
    const { request } = await submitted(bench, key);
    await bench.approvals.decide(request.id, decision(request, 'deny'), reviewer);
    expect((await submitted(bench, key)).request).toMatchObject({
      id: request.id,
      state: 'denied',
    });
  });

  it('belongs to one principal', async () => {
    const { request } = await submitted(bench, key);
    const other = await submitted(bench, { ...key, principal: agent });
    expect(other.request.id).not.toBe(request.id);
  });

  it('keeps requests of different keys apart', async () => {
    const { request } = await submitted(bench, key);
    const other = await submitted(bench, { idempotencyKey: 'k2' });
    expect(other.request.id).not.toBe(request.id);
  });

  it('is adopted by a request that was made without one', async () => {
    const request = await approved();
    expect((await submitted(bench, key)).request.id).toBe(request.id);
    await bench.approvals.consume(request.id);
    expect((await refusal(key))?.code).toBe('ALREADY_RAN');
  });

  it('moves on to the new request when the rules ask anew', async () => {
    await approved(key);
    const { request } = await submitted(bench, { ...key, chains: others });
    expect((await submitted(bench, { ...key, chains: others })).request.id).toBe(request.id);
  });

  it('is not shared with a session that waits', async () => {
    await submitted(bench, { ...key, mode: 'live' });
    expect((await refusal(key))?.code).toBe('IDEMPOTENCY_CONFLICT');
    expect((await refusal({ ...key, mode: 'live' }))?.code).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('names one of two operations that come with it at the same time, and refuses the other', async () => {
    const { request } = await submitted(bench);
    const live = { ...key, mode: 'live', digest: digestOfText('another') } as const;
    const codes = (await Promise.all([refusal(live), refusal(key)])).map((each) => each?.code);
    expect(codes).toEqual([undefined, 'IDEMPOTENCY_CONFLICT']);
    expect(await bench.approvals.get(request.id)).toMatchObject({ idempotencyKey: null });
  });

  it('makes one request when the same key comes many times at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => submitted(bench, key)));
    expect(new Set(all.map(({ request }) => request.id)).size).toBe(1);
  });
});

describe('fallback', () => {
  const allow = () => 'allow' as const;

  it('refuses at submission when nobody else is named', async () => {
    expect((await refusal({ chains: unsatisfiable }))?.code).toBe('NO_ELIGIBLE_REVIEWER');
    expect((await bench.approvals.list({}, null, 10)).items).toEqual([]);
  });

  it('refuses at submission when the named rule set does not allow it, or fails', async () => {
    const chains = unsatisfiable.map((each) => ({ ...each, fallback: { policy: 'night' } }));
    expect((await refusal({ chains }))?.code).toBe('NO_ELIGIBLE_REVIEWER');
    const fallback = () => {
      throw new Error('no such policy');
    };
    expect((await refusal({ chains, fallback }))?.code).toBe('NO_ELIGIBLE_REVIEWER');
  });

  it('allows at submission where it may, and records the cause', async () => {
    const chains = unsatisfiable.map((each) => ({ ...each, fallback: { policy: 'night' } }));
    const asked: string[] = [];
    const fallback = (policy: string) => {
      asked.push(policy);
      return 'allow' as const;
    };
    const { request } = await submitted(bench, { chains, fallback });
    expect(asked).toEqual(['night']);
    expect(request).toMatchObject({
      state: 'fallback_approved',
      fallbackCause: 'no_eligible_reviewer',
      runBefore: request.createdAt + 30_000,
    });
    expect((await bench.approvals.consume(request.id)).kind).toBe('consumed');
  });

  it('applies the strictest of several chains', async () => {
    const chains = [policyChain, chain({ name: 'strict' })];
    const { request } = await submitted(bench, { chains, fallback: allow });
    bench.time.now += 60_000;
    await bench.approvals.sweep();
    expect((await bench.approvals.get(request.id))?.state).toBe('expired');
  });

  it('approves on expiry where it allows, and tells who waits', async () => {
    const { request } = await submitted(bench, { chains: [policyChain], fallback: allow });
    const settled = bench.approvals.settled(request.id, new AbortController().signal);
    bench.time.now += 60_000;
    await bench.approvals.sweep();
    expect(await settled).toMatchObject({
      state: 'fallback_approved',
      fallbackCause: 'no_decision_in_time',
    });
  });

  it('never allows for a request that outlived the gateway that could ask', async () => {
    const { request } = await submitted(bench, { chains: [policyChain], fallback: allow });
    await bench.restart();
    bench.time.now += 60_000;
    await bench.approvals.sweep();
    expect((await bench.approvals.get(request.id))?.state).toBe('expired');
  });

  it('is read again at the claim', async () => {
    const chains = [policyChain];
    const { request } = await submitted(bench, { chains, fallback: allow });
    bench.time.now += 60_000;
    await bench.approvals.sweep();
    const anew = await submitted(bench, { chains, fallback: () => 'deny', principal: engineer });
    expect(anew.request.id).not.toBe(request.id);
    expect((await bench.approvals.get(request.id))?.state).toBe('revoked');
  });
});
