import fc from 'fast-check';
import { expect, it } from 'vitest';
import { personKey } from '../../src/core/principal.ts';
import type { Decision, HeldRequest, RequestState } from '../../src/core/request.ts';
import {
  agent,
  type Bench,
  chain,
  digestOfText,
  draft,
  engineer,
  openBench,
  reviewer,
  reviewer2,
  reviewer3,
  stranger,
} from './bench.ts';

const people = [engineer, agent, reviewer, reviewer2, reviewer3, stranger];
const chainSets = [
  [chain()],
  [chain({ stages: [{ groups: ['dba'], count: 2 }] })],
  [chain(), chain({ name: 'security', stages: [{ groups: ['security'], count: 1 }] })],
  [chain({ fallback: { policy: 'night' } })],
];

type Step =
  | {
      kind: 'submit';
      mode: 'live' | 'claimable';
      who: number;
      digest: number;
      chains: number;
      key: string | null;
    }
  | { kind: 'decide'; target: number; who: number; decision: Decision['kind']; shown: boolean }
  | { kind: 'consume' | 'cancel' | 'finish' | 'revoke'; target: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'sweep' | 'restart' };

/** Mostly one of the newest, so that steps meet on the same request. */
const target = fc.constantFrom(1, 1, 1, 2, 2, 3, 4, 5);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      mode: fc.constantFrom('live' as const, 'claimable' as const, 'claimable' as const),
      who: fc.nat(1),
      digest: fc.nat(3),
      chains: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 3),
      key: fc.constantFrom(null, null, 'k1', 'k2'),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      target,
      who: fc.constantFrom(0, 1, 2, 2, 2, 3, 3, 3, 4, 5),
      decision: fc.constantFrom(
        'approve' as const,
        'approve' as const,
        'approve' as const,
        'approve' as const,
        'deny' as const,
        'request_changes' as const,
      ),
      shown: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'consume' as const,
        'consume' as const,
        'consume' as const,
        'consume' as const,
        'cancel' as const,
        'finish' as const,
        'revoke' as const,
      ),
      target,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 1, 1, 29_999, 30_000, 60_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'sweep' as const,
        'sweep' as const,
        'sweep' as const,
        'restart' as const,
      ),
    }),
  },
);

const next: Readonly<Record<RequestState, readonly RequestState[]>> = {
  pending: [
    'pending',
    'approved',
    'fallback_approved',
    'denied',
    'changes_requested',
    'expired',
    'cancelled',
  ],
  approved: ['approved', 'running', 'expired', 'cancelled', 'revoked'],
  fallback_approved: ['fallback_approved', 'running', 'expired', 'cancelled', 'revoked'],
  running: ['succeeded', 'failed', 'unknown'],
  succeeded: [],
  failed: [],
  denied: [],
  changes_requested: [],
  expired: [],
  cancelled: [],
  revoked: [],
  unknown: [],
};

/** What the service may have let happen, kept apart from how it decides. */
function createWitness() {
  const last = new Map<string, HeldRequest>();
  const consumed = new Map<string, number>();
  const ids: string[] = [];
  const seen: HeldRequest[] = [];
  return {
    ids,
    /** Listeners may throw without harm, so what is seen is judged afterwards. */
    see: (request: HeldRequest) => {
      seen.push(request);
    },
    judge() {
      for (const request of seen.splice(0)) check(request);
    },
    ran(request: HeldRequest, now: number) {
      consumed.set(request.id, (consumed.get(request.id) ?? 0) + 1);
      expect(consumed.get(request.id)).toBe(1);
      expect(request.runBefore).toBeGreaterThan(now);
      if (request.fallbackCause === null) expectEnough(request);
    },
    last,
    consumed,
  };

  function check(request: HeldRequest): void {
    const before = last.get(request.id);
    if (before === undefined) ids.push(request.id);
    else {
      expect(request.version).toBe(before.version + 1);
      expect(next[before.state]).toContain(request.state);
    }
    last.set(request.id, request);
    expectHonest(request);
  }
}

function expectHonest(request: HeldRequest): void {
  const persons = request.decisions.map(({ by }) => personKey(by));
  expect(persons).not.toContain(personKey(request.principal));
  expect(new Set(persons).size).toBe(persons.length);
  for (const { by } of request.decisions) expect(by.kind).toBe('human');
}

/** Counted in the plainest way: enough people in all, and enough of each chain's own. */
function expectEnough({ chains, decisions }: HeldRequest): void {
  const by = decisions.filter(({ kind }) => kind === 'approve').map((each) => each.by);
  const stages = chains.flatMap((each) => each.stages);
  expect(by.length).toBe(decisions.length);
  expect(by.length).toBeGreaterThanOrEqual(stages.reduce((sum, { count }) => sum + count, 0));
  for (const { groups = [], count } of stages) {
    const fitting = by.filter((person) => groups.some((group) => person.groups.includes(group)));
    expect(fitting.length).toBeGreaterThanOrEqual(count);
  }
}

type Witness = ReturnType<typeof createWitness>;

const fitting: Readonly<Record<string, readonly RequestState[]>> = {
  decide: ['pending'],
  consume: ['approved', 'fallback_approved'],
  finish: ['running'],
};

/** Mostly a request to which the step can happen, else any. */
function pick(witness: Witness, { kind, target }: { kind: string; target: number }) {
  const fit = [...witness.last.values()].filter(({ state }) => fitting[kind]?.includes(state));
  if (target % 2 === 1 && fit.length > 0) return fit[target % fit.length]?.id;
  return witness.ids.at(-target);
}

async function play(bench: Bench, witness: Witness, step: Exclude<Step, { kind: 'restart' }>) {
  const { approvals, time } = bench;
  const id = 'target' in step ? pick(witness, step) : null;
  if (id === undefined) return;
  switch (step.kind) {
    case 'submit':
      return submit(bench, step);
    case 'decide': {
      const reviewing = people[step.who] ?? reviewer;
      const digest = step.shown ? (witness.last.get(id ?? '')?.digest ?? '') : 'sha256:stale';
      return approvals.decide(id ?? '', { kind: step.decision, digest, reason: null }, reviewing);
    }
    case 'consume': {
      const now = time.now;
      const { kind, request } = await approvals.consume(id ?? '');
      if (kind === 'consumed') witness.ran(request, now);
      return;
    }
    case 'cancel':
      return approvals.cancel(id ?? '', 'engineer', 'left');
    case 'revoke':
      return approvals.revoke(id ?? '', reviewer, null);
    case 'finish': {
      const outcome = { message: null, targetCode: null, rowCount: null };
      return approvals.finish(id ?? '', 'succeeded', outcome).catch(() => {});
    }
    case 'wait':
      time.now += step.ms;
      return;
    case 'sweep':
      return approvals.sweep();
  }
}

async function submit(bench: Bench, asked: Extract<Step, { kind: 'submit' }>): Promise<void> {
  const principal = asked.who === 0 ? engineer : agent;
  const submission = await bench.approvals.submit(
    draft({
      principal,
      mode: asked.mode,
      digest: digestOfText(`d${asked.digest}`),
      chains: chainSets[asked.chains] ?? [],
      idempotencyKey: asked.key,
      fallback: () => 'allow',
    }),
  );
  if (submission.kind === 'refused') return;
  expect(submission.request.principal).toEqual(principal);
  expect(submission.request.digest).toBe(digestOfText(`d${asked.digest}`));
  const { state, mode } = submission.request;
  const open = state === 'pending' || state === 'approved' || state === 'fallback_approved';
  if (submission.joined && open) expect(mode).toBe('claimable');
}

it('pitfall 46: whatever happens in whatever order, each request has one outcome and runs once at most', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      // Steps of one group are under way at the same time.
      fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 12, maxLength: 25 }),
      async (groups) => {
        const bench = await openBench();
        const witness = createWitness();
        bench.approvals.subscribe(witness.see);
        try {
          for (const group of groups) {
            if (group.some(({ kind }) => kind === 'restart')) {
              await restart(bench, witness);
              continue;
            }
            const steps = group.flatMap((each) => (each.kind === 'restart' ? [] : [each]));
            await Promise.all(steps.map((each) => play(bench, witness, each)));
            witness.judge();
          }
          for (const [id, request] of witness.last) {
            expect(await bench.approvals.get(id)).toEqual(request);
          }
          runs += witness.consumed.size;
        } finally {
          await bench.close();
        }
      },
    ),
    { numRuns: 40 },
  );
  // Else the property would hold because nothing ever ran.
  expect(runs).toBeGreaterThan(3);
});

async function restart(bench: Bench, witness: Witness): Promise<void> {
  await bench.restart();
  bench.approvals.subscribe(witness.see);
  for (const [id, before] of witness.last) {
    const after = await bench.approvals.get(id);
    if (after === null) throw new Error(`${id} was lost`);
    if (after.version > before.version) witness.see(after);
    witness.judge();
    expect(after.state).not.toBe('running');
    if (after.mode === 'live') expect(next[after.state]).toEqual([]);
  }
}
