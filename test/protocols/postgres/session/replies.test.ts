import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../src/core/request.ts';
import type { Expectation, ServerMessage } from '../../../../src/protocols/postgres/expectation.ts';
import { ReplyTracker } from '../../../../src/protocols/postgres/replies.ts';
import { createRun, type Run } from '../../../../src/protocols/postgres/runs.ts';
import { backendType } from '../../../../src/protocols/postgres/wire/backend-types.ts';

interface Settled {
  readonly run: Run;
  readonly states: string[];
}

function tracked(statements: readonly string[] = ['delete']): Settled {
  const states: string[] = [];
  const note = (state: string) => async (outcome: Outcome) => {
    states.push(outcome.message === null ? state : `${state}: ${outcome.message}`);
  };
  const sink = { succeeded: note('succeeded'), failed: note('failed'), unknown: note('unknown') };
  const facts = {
    protocol: 'postgres',
    classes: ['write'],
    statements,
    reads: [],
    writes: [],
    functions: [],
    where: [],
    copy: [],
    statementCount: 1,
    rowLocks: false,
    into: false,
    maskedPredicate: false,
  } as const;
  const run = createRun(sink, { protocol: 'postgres', facts, text: '', summary: '' });
  return { run, states };
}

const nothing = () => {};
const error: ServerMessage = {
  type: backendType.errorResponse,
  error: { code: '23505', message: 'duplicate' },
};
const complete = (tag: string): ServerMessage => ({ type: backendType.commandComplete, tag });
const ready = (status: 'idle' | 'open' | 'failed'): ServerMessage => ({
  type: backendType.readyForQuery,
  status,
});

async function feed(tracker: ReplyTracker, ...messages: ServerMessage[]): Promise<void> {
  for (const message of messages) {
    const reply = tracker.on(message);
    if (reply.kind === 'ready') await reply.settle();
    if (reply.kind === 'violation') throw new Error(reply.message);
  }
}

/** A tracker of which the server owes Bind, Execute for each run, then Sync. */
function pipeline(...runs: Run[]): ReplyTracker {
  const tracker = new ReplyTracker();
  for (const run of runs) {
    tracker.started(run);
    tracker.expect({ kind: 'bind', operation: null, confirmed: nothing });
    tracker.expect({
      kind: 'execute',
      operation: { number: 1, statement: null, run },
      masks: null,
      completed: nothing,
    });
  }
  tracker.expect({ kind: 'sync' });
  return tracker;
}

const bound: ServerMessage = { type: backendType.bindComplete };

describe('outcomes of what ran', () => {
  it('what a failed pipeline had executed is undone', async () => {
    const [one, two, three] = [tracked(), tracked(), tracked()];
    const tracker = pipeline(one.run, two.run, three.run);
    await feed(tracker, bound, complete('DELETE 1'), bound, error, ready('idle'));
    expect(one.states).toEqual(['failed: undone with its pipeline: duplicate']);
    expect(two.states).toEqual(['failed: duplicate']);
    expect(three.states).toEqual(['failed: not executed: what came before failed']);
  });

  it('what ran before a COMMIT of the pipeline stays', async () => {
    const [one, commit, two] = [tracked(), tracked(['commit']), tracked()];
    const tracker = pipeline(one.run, commit.run, two.run);
    const committed = [bound, complete('DELETE 1'), bound, complete('COMMIT')];
    await feed(tracker, ...committed, bound, error, ready('idle'));
    expect([one.states, commit.states]).toEqual([['succeeded'], ['succeeded']]);
    expect(two.states).toEqual(['failed: duplicate']);
  });

  it('is not claimed to be undone when it could commit by itself', async () => {
    const vacuum = tracked(['vacuum']);
    await feed(pipeline(vacuum.run), bound, complete('VACUUM'), error, ready('idle'));
    expect(vacuum.states[0]).toMatch(/^unknown: it ran/);
  });

  it('a Query that fails behind its own COMMIT says that a part stays', async () => {
    const whole = tracked();
    const tracker = new ReplyTracker();
    tracker.started(whole.run);
    tracker.expect({
      kind: 'query',
      operation: { number: 1, statement: null, run: whole.run },
      masks: null,
      completed: nothing,
    });
    await feed(tracker, complete('DELETE 1'), complete('COMMIT'), error, ready('idle'));
    expect(whole.states).toEqual(['failed: duplicate (what ran before its COMMIT stays)']);
  });

  it('a failure at Sync, where the commit happens, undoes what was executed', async () => {
    const one = tracked();
    await feed(pipeline(one.run), bound, complete('INSERT 0 1'), error, ready('idle'));
    expect(one.states).toEqual(['failed: undone with its pipeline: duplicate']);
  });

  it('is unknown when the connection is lost before the server has said', async () => {
    const [one, two] = [tracked(), tracked()];
    const tracker = pipeline(one.run, two.run);
    await feed(tracker, bound, complete('DELETE 1'));
    await tracker.lost('gone');
    expect([one.states, two.states]).toEqual([['unknown: gone'], ['unknown: gone']]);
    expect(tracker.idle).toBe(true);
  });

  it('a suspended portal has executed', async () => {
    const one = tracked();
    const suspended = { type: backendType.portalSuspended };
    await feed(pipeline(one.run), bound, suspended, ready('open'));
    expect(one.states).toEqual(['succeeded']);
  });
});

const expectations: fc.Arbitrary<(run: Run) => Expectation> = fc.constantFrom(
  (run: Run): Expectation => ({
    kind: 'query',
    operation: { number: 1, statement: null, run },
    masks: null,
    completed: nothing,
  }),
  (): Expectation => ({ kind: 'parse', operation: null, confirmed: nothing }),
  (): Expectation => ({ kind: 'bind', operation: null, confirmed: nothing }),
  (): Expectation => ({ kind: 'close', operation: null, confirmed: nothing }),
  (): Expectation => ({ kind: 'describe', operation: null, masks: null, own: false }),
  (run: Run): Expectation => ({
    kind: 'execute',
    operation: { number: 1, statement: null, run },
    masks: null,
    completed: nothing,
  }),
  (): Expectation => ({ kind: 'sync' }),
  (): Expectation => ({
    kind: 'refused',
    error: Buffer.from('ours'),
    simple: false,
    decided: true,
  }),
  (): Expectation => ({ kind: 'refused', error: Buffer.from('ours'), simple: true, decided: true }),
);

const messages: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.constantFrom(...Object.values(backendType)).map((type) => ({ type })),
  fc.constantFrom(error, complete('DELETE 1'), complete('COMMIT'), complete('')),
  fc.constantFrom<'idle' | 'open' | 'failed'>('idle', 'open', 'failed').map(ready),
);

describe('whatever a server says', () => {
  it('never crashes, swaps only for what was refused, and settles each run once', async () => {
    const turns = fc.array(fc.oneof(expectations, messages), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(turns, async (script) => {
        const tracker = new ReplyTracker();
        const all: Settled[] = [];
        let refused = 0;
        for (const turn of script) {
          if (typeof turn === 'function') {
            const settled = tracked();
            const expectation = turn(settled.run);
            if (expectation.kind === 'query' || expectation.kind === 'execute') {
              all.push(settled);
              tracker.started(settled.run);
            }
            if (expectation.kind === 'refused') refused += 1;
            tracker.expect(expectation);
            continue;
          }
          const owed = tracker.owes;
          const reply = tracker.on(turn);
          if (reply.kind === 'violation') break;
          if (reply.kind === 'swap') expect(refused).toBeGreaterThan(0);
          if (reply.kind === 'ready') await reply.settle();
          expect(tracker.owes).toBeLessThanOrEqual(owed);
          if (tracker.resting) expect(tracker.transaction).toBe('idle');
        }
        await tracker.lost('over');
        expect(tracker.owes).toBe(0);
        for (const { states } of all) expect(states).toHaveLength(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('confirms nothing that was not owed', () => {
    for (const type of Object.values(backendType)) {
      const tracker = new ReplyTracker();
      const reply = tracker.on({ type });
      const free = type === backendType.errorResponse || type === backendType.parameterStatus;
      expect(reply.kind, `0x${type.toString(16)}`).toBe(free ? 'pass' : 'violation');
    }
  });
});
