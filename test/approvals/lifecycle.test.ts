import { describe, expect, it } from 'vitest';
import { type LifecycleEvent, transition } from '../../src/approvals/lifecycle.ts';
import { type HeldRequest, type RequestMode, requestStates } from '../../src/core/request.ts';
import { agent, chain, engineer, heldRequest, principal, reviewer, reviewer2 } from './bench.ts';
import { someSignature } from './signing.ts';

const outcome = { message: null, targetCode: null, rowCount: 1 };
const digest = heldRequest().digest;

function decide(
  decision: 'approve' | 'deny' | 'request_changes',
  change: Partial<Extract<LifecycleEvent, { kind: 'decide' }>> = {},
): LifecycleEvent {
  return { kind: 'decide', decision, by: reviewer, digest, reason: null, ...signed, ...change };
}

const signed = { signature: someSignature };

/** In time for everything, and too late for everything. */
const early = 5_000;
const late = 1_000_000;

const events: Readonly<Record<string, { event: LifecycleEvent; now: number }>> = {
  approve: { event: decide('approve'), now: early },
  deny: { event: decide('deny'), now: early },
  'request changes': { event: decide('request_changes'), now: early },
  'approve too late': { event: decide('approve'), now: late },
  'expire too early': { event: { kind: 'expire', fallback: 'none' }, now: early },
  expire: { event: { kind: 'expire', fallback: 'none' }, now: late },
  'expire, fallback denies': { event: { kind: 'expire', fallback: 'deny' }, now: late },
  'expire, fallback allows': { event: { kind: 'expire', fallback: 'allow' }, now: late },
  consume: { event: { kind: 'consume' }, now: early },
  'consume too late': { event: { kind: 'consume' }, now: late },
  cancel: { event: { kind: 'cancel', by: 'engineer', message: 'left' }, now: early },
  revoke: { event: { kind: 'revoke', by: 'reviewer', message: null }, now: early },
  supersede: { event: { kind: 'supersede' }, now: early },
  'adopt key': { event: { kind: 'adopt_key', key: 'k' }, now: early },
  succeed: { event: { kind: 'finish', state: 'succeeded', outcome }, now: early },
  fail: { event: { kind: 'finish', state: 'failed', outcome }, now: early },
  'lose the outcome': { event: { kind: 'finish', state: 'unknown', outcome }, now: early },
  restart: { event: { kind: 'restart' }, now: early },
};

/** Everything that is allowed; whatever is not named here must be rejected. */
const table: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'pending live': {
    approve: 'approved',
    deny: 'denied',
    'request changes': 'changes_requested',
    expire: 'expired',
    'expire, fallback denies': 'expired',
    'expire, fallback allows': 'fallback_approved',
    cancel: 'cancelled',
    supersede: 'cancelled',
    'adopt key': 'pending',
    restart: 'cancelled',
  },
  'pending claimable': {
    approve: 'approved',
    deny: 'denied',
    'request changes': 'changes_requested',
    expire: 'expired',
    'expire, fallback denies': 'expired',
    'expire, fallback allows': 'fallback_approved',
    cancel: 'cancelled',
    supersede: 'cancelled',
    'adopt key': 'pending',
  },
  ...bothApprovals('live', { restart: 'cancelled' }),
  ...bothApprovals('claimable', {}),
  ...running('live'),
  ...running('claimable'),
};

function bothApprovals(mode: RequestMode, more: Readonly<Record<string, string>>) {
  const row = (state: string) => ({
    expire: 'expired',
    'expire, fallback denies': 'expired',
    'expire, fallback allows': 'expired',
    consume: 'running',
    cancel: 'cancelled',
    revoke: 'revoked',
    supersede: 'revoked',
    'adopt key': state,
    ...more,
  });
  return {
    [`approved ${mode}`]: row('approved'),
    [`fallback_approved ${mode}`]: row('fallback_approved'),
  };
}

function running(mode: RequestMode) {
  return {
    [`running ${mode}`]: {
      succeed: 'succeeded',
      fail: 'failed',
      'lose the outcome': 'unknown',
      restart: 'unknown',
    },
  };
}

const cases = requestStates.flatMap((state) =>
  (['live', 'claimable'] as const).flatMap((mode) =>
    Object.keys(events).map((name) => ({
      from: `${state} ${mode}`,
      name,
      request: heldRequest({
        state,
        mode,
        runBefore: state === 'approved' || state === 'fallback_approved' ? 35_000 : null,
      }),
    })),
  ),
);

describe('every state and every event', () => {
  it.each(cases)('$from: $name', ({ from, name, request }) => {
    const step = events[name];
    if (step === undefined) throw new Error(name);
    const before = structuredClone(request);
    const result = transition(request, step.event, step.now);
    expect(request).toEqual(before);
    const expected = table[from]?.[name];
    if (expected === undefined) {
      expect(result.kind).toBe('rejected');
      expect(result.request).toBe(request);
      return;
    }
    expect(result.kind).toBe('moved');
    expect(result.request.state).toBe(expected);
    expect(result.request.version).toBe(request.version + 1);
    const open = ['pending', 'approved', 'fallback_approved', 'running'].includes(expected);
    expect(result.request.endedAt).toBe(open ? null : step.now);
  });
});

function rejection(request: HeldRequest, event: LifecycleEvent, now = early): string {
  const result = transition(request, event, now);
  return result.kind === 'rejected' ? result.code : 'moved';
}

describe('a decision', () => {
  it('is refused for a digest other than the request’s', () => {
    const event = decide('approve', { digest: 'sha256:other' });
    expect(rejection(heldRequest(), event)).toBe('DIGEST_MISMATCH');
  });

  it('pitfall 41: is refused from the requester, even with the right group', () => {
    expect(rejection(heldRequest(), decide('approve', { by: engineer }))).toBe('OWN_REQUEST');
    expect(rejection(heldRequest(), decide('deny', { by: engineer }))).toBe('OWN_REQUEST');
  });

  it('pitfall 41: is refused from the owner of the agent that asks, under any account', () => {
    const asked = heldRequest({ principal: agent });
    const other = principal('other-account', { person: 'engineer', groups: ['dba'] });
    expect(rejection(asked, decide('approve', { by: engineer }))).toBe('OWN_REQUEST');
    expect(rejection(asked, decide('approve', { by: other }))).toBe('OWN_REQUEST');
  });

  it('is refused from agents and CI jobs, whoever owns them', () => {
    for (const kind of ['agent', 'ci'] as const) {
      const by = principal('robot', { kind, person: 'reviewer', groups: ['dba'] });
      expect(rejection(heldRequest(), decide('approve', { by }))).toBe('NOT_ELIGIBLE');
    }
  });

  it('is refused across namespaces of people, where persons cannot be compared', () => {
    const by = principal('engineer', { personNamespace: 'partner', groups: ['dba'] });
    expect(rejection(heldRequest(), decide('approve', { by }))).toBe('OTHER_NAMESPACE');
  });

  it('is refused from people whom no stage names', () => {
    const by = principal('stranger', { groups: ['sales'] });
    expect(rejection(heldRequest(), decide('deny', { by }))).toBe('NOT_ELIGIBLE');
  });

  it('lapses at the very moment of expiry, not after it', () => {
    const request = heldRequest({ expiresAt: 61_000 });
    expect(rejection(request, decide('approve'), 60_999)).toBe('moved');
    expect(rejection(request, decide('approve'), 61_000)).toBe('LAPSED');
    const expiry: LifecycleEvent = { kind: 'expire', fallback: 'none' };
    expect(rejection(request, expiry, 60_999)).toBe('NOT_DUE');
    expect(rejection(request, expiry, 61_000)).toBe('moved');
  });

  it('pitfall 43: starts the approval’s own clock, the shortest of its chains', () => {
    const chains = [
      chain({ runWithinMs: 30_000 }),
      chain({ name: 'b', runWithinMs: 9_000, stages: [{ groups: ['security'], count: 1 }] }),
    ];
    const half = transition(heldRequest({ chains }), decide('approve'), 2_000).request;
    expect(half).toMatchObject({ state: 'pending', runBefore: null });
    const whole = transition(half, decide('approve', { by: reviewer2 }), 7_000).request;
    expect(whole).toMatchObject({ state: 'approved', runBefore: 16_000 });
    expect(rejection(whole, { kind: 'consume' }, 15_999)).toBe('moved');
    expect(rejection(whole, { kind: 'consume' }, 16_000)).toBe('LAPSED');
  });

  it('records who, when, why, and for which place it counts', () => {
    const { request } = transition(heldRequest(), decide('deny', { reason: 'no' }), 2_000);
    expect(request.decisions).toEqual([
      { kind: 'deny', by: reviewer, at: 2_000, reason: 'no', chain: 'dba', stage: 0, ...signed },
    ]);
  });
});

describe('the ends of a request', () => {
  it('say that a fallback approved it, and why it was asked', () => {
    const expiry: LifecycleEvent = { kind: 'expire', fallback: 'allow' };
    const { request } = transition(heldRequest(), expiry, late);
    expect(request).toMatchObject({
      fallbackCause: 'no_decision_in_time',
      runBefore: late + 30_000,
    });
  });

  it('let the idempotency key go when it is asked anew', () => {
    const { request } = transition(
      heldRequest({ idempotencyKey: 'k' }),
      { kind: 'supersede' },
      early,
    );
    expect(request.idempotencyKey).toBeNull();
  });

  it('keep a key that it has', () => {
    const request = heldRequest({ idempotencyKey: 'k' });
    expect(rejection(request, { kind: 'adopt_key', key: 'other' })).toBe('HAS_KEY');
  });
});
