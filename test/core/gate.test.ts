import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Approvals } from '../../src/core/approvals.ts';
import {
  cancelRequested,
  createOperationGate,
  type DecisionEvent,
  type GateOptions,
  type Waiting,
} from '../../src/core/gate.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { PolicyQuestion } from '../../src/core/policy.ts';
import { RefusedError } from '../../src/core/refusal.ts';
import type { HeldRequest } from '../../src/core/request.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { watchedGate } from '../../src/core/watched-gate.ts';
import { type Bench, chain, decision, engineer, openBench, reviewer } from '../approvals/bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const review: Verdict = { kind: 'review', rules: ['w'], chains: [chain()], revision: 'r' };
const allow: Verdict = { kind: 'allow', rules: ['reads'], revision: 'r' };
const deny: Verdict = {
  kind: 'deny',
  code: 'DENIED_BY_RULE',
  rules: ['never'],
  message: 'no',
  revision: 'r',
};

function operation(text: string, claimable = false): Operation {
  return {
    decidable: {
      protocol: 'postgres',
      facts: {
        protocol: 'postgres',
        classes: ['write'],
        statements: ['delete'],
        reads: [],
        writes: [],
        functions: [],
        where: [],
        copy: [],
        statementCount: 1,
        rowLocks: false,
        into: false,
        maskedPredicate: false,
      },
      text,
      summary: text,
    },
    database: 'app',
    upstreamUser: 'app',
    claimable,
    action: () => ({ text }),
    presentation: () => ({
      statement: text,
      parameters: [],
      notes: [],
      outline: [],
      transaction: { state: 'none', ran: [] },
      inputNotReviewed: null,
    }),
  };
}

function session(verdict: Verdict, change: Partial<GateOptions> = {}) {
  const events: DecisionEvent[] = [];
  const lost: string[] = [];
  const asked: PolicyQuestion[] = [];
  const gate = createOperationGate({
    principal: engineer,
    connection: { name: 'pg-prod', revision: 'c1', labels: {} },
    mode: 'live',
    reason: null,
    idempotencyKey: null,
    sessionId: 'ses_1',
    policy: {
      revision: 'r',
      evaluate(question) {
        asked.push(question);
        return verdict;
      },
      evaluateFallback: () => deny,
    },
    approvals: bench.approvals,
    tap: {
      held: () => {},
      decided: (event) => void events.push(event),
      outcomeLost: (id) => lost.push(id),
    },
    reminderMs: 10,
    ...change,
  });
  return { gate, events, lost, asked };
}

/** A client that waits; `held` resolves with the request once it is told. */
function client() {
  const leaving = new AbortController();
  const notices: boolean[] = [];
  let tell: (request: HeldRequest) => void = () => {};
  const held = new Promise<HeldRequest>((resolve) => {
    tell = resolve;
  });
  const waiting: Waiting = {
    held(request, first) {
      notices.push(first);
      tell(request);
    },
    signal: leaving.signal,
  };
  return { waiting, held, leaving, notices };
}

async function broken(): Promise<never> {
  throw new RefusedError({ code: 'STORE_UNAVAILABLE', message: 'its disk is full' });
}

function withBroken(...names: (keyof Approvals)[]): Approvals {
  return { ...bench.approvals, ...Object.fromEntries(names.map((name) => [name, broken])) };
}

const outcome = { message: null, targetCode: null, rowCount: 1 };

describe('what is not held', () => {
  it('is refused with the rule that denies it', async () => {
    const { gate, events } = session(deny);
    const clearance = await gate.submit(operation('DROP DATABASE x'), client().waiting);
    expect(clearance).toMatchObject({
      kind: 'refused',
      refusal: { code: 'DENIED_BY_RULE', rules: ['never'] },
    });
    expect(events).toHaveLength(1);
  });

  it.each([
    [
      'at once',
      () => {
        throw new RefusedError({ code: 'AUDIT_UNAVAILABLE', message: 'its disk is full' });
      },
    ],
    [
      'in the end',
      () =>
        Promise.reject(
          new RefusedError({ code: 'AUDIT_UNAVAILABLE', message: 'its disk is full' }),
        ),
    ],
  ])(
    'is refused although a rule allows it when that cannot be taken down, %s',
    async (_, decided) => {
      const { gate } = session(allow, { tap: { held: () => {}, decided, outcomeLost: () => {} } });
      expect(await gate.submit(operation('SELECT 1'), client().waiting)).toMatchObject({
        kind: 'refused',
        refusal: { code: 'AUDIT_UNAVAILABLE' },
      });
    },
  );

  it('waits for what has to be written first', async () => {
    let written: () => void = () => {};
    const decided = () =>
      new Promise<void>((resolve) => {
        written = resolve;
      });
    const { gate } = session(allow, { tap: { held: () => {}, decided, outcomeLost: () => {} } });
    let cleared = false;
    const clearance = Promise.resolve(gate.submit(operation('SELECT 1'), client().waiting));
    const watched = clearance.then(() => {
      cleared = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(cleared).toBe(false);
    written();
    await watched;
    expect((await clearance).kind).toBe('cleared');
  });

  it('passes at once when a rule allows it, and leaves no request behind', async () => {
    const { gate } = session(allow);
    const clearance = await gate.submit(operation('SELECT 1'), client().waiting);
    expect(clearance.kind).toBe('cleared');
    expect((await bench.approvals.list({}, null, 10)).items).toEqual([]);
  });

  it('is refused when the client has left already, whatever the rules say', async () => {
    const { gate } = session(allow);
    const { waiting, leaving } = client();
    leaving.abort();
    expect((await gate.submit(operation('SELECT 1'), waiting)).kind).toBe('refused');
  });

  it('gives the reason of a session that was ended', async () => {
    const { gate } = session(allow);
    const { waiting, leaving } = client();
    leaving.abort(new RefusedError({ code: 'LOGIN_EXPIRED', message: 'log in again' }));
    const clearance = await gate.submit(operation('SELECT 1'), waiting);
    expect(clearance).toMatchObject({ refusal: { code: 'LOGIN_EXPIRED' } });
  });

  it('asks the rules once for the same text, and anew for another', async () => {
    const { gate, asked } = session(allow);
    const first = operation('SELECT 1');
    await gate.submit(first, client().waiting);
    await gate.submit(first, client().waiting);
    gate.foresee(first.decidable);
    expect(asked).toHaveLength(1);
    await gate.submit(operation('SELECT 1'), client().waiting);
    expect(asked).toHaveLength(2);
  });
});

describe('a held operation', () => {
  it('is refused when a reviewer denies it, with the reviewer’s reason', async () => {
    const { gate, events } = session(review);
    const { waiting, held } = client();
    const clearance = gate.submit(operation('DELETE'), waiting);
    const request = await held;
    await bench.approvals.decide(request.id, decision(request, 'deny', 'too broad'), reviewer);
    expect(await clearance).toMatchObject({
      refusal: {
        code: 'DENIED_BY_REVIEWER',
        message: 'denied by reviewer: too broad',
        requestId: request.id,
      },
    });
    expect(events.at(-1)?.request?.state).toBe('denied');
  });

  it('runs after approval, is recorded as running before the permit exists, and finishes', async () => {
    const { gate } = session(review);
    const { waiting, held, notices } = client();
    const clearing = gate.submit(operation('DELETE'), waiting);
    const request = await held;
    await new Promise((resolve) => setTimeout(resolve, 35));
    await bench.approvals.decide(request.id, decision(request), reviewer);
    const clearance = await clearing;
    expect(notices[0]).toBe(true);
    expect(notices.slice(1).length).toBeGreaterThan(0);
    expect(notices.slice(1)).not.toContain(true);
    expect((await bench.approvals.get(request.id))?.state).toBe('running');
    if (clearance.kind !== 'cleared') throw new Error('not cleared');
    await clearance.permit.spend().succeeded(outcome);
    expect((await bench.approvals.get(request.id))?.state).toBe('succeeded');
    expect(() => clearance.permit.spend()).toThrow('used once');
  });

  it('is cancelled with its live client, and nothing can approve it then', async () => {
    const { gate } = session(review);
    const { waiting, held, leaving } = client();
    const clearance = gate.submit(operation('DELETE'), waiting);
    const request = await held;
    leaving.abort();
    expect(await clearance).toMatchObject({ refusal: { code: 'CANCELLED_BY_REQUESTER' } });
    const late = await bench.approvals.decide(request.id, decision(request), reviewer);
    expect(late).toMatchObject({ kind: 'refused', code: 'NOT_PENDING' });
  });

  it('says that the gateway cancelled it when the session was ended for its client', async () => {
    const { gate } = session(review);
    const { waiting, held, leaving } = client();
    const clearance = gate.submit(operation('DELETE'), waiting);
    const { id } = await held;
    leaving.abort(new RefusedError({ code: 'SESSION_KILLED', message: 'ended by an operator' }));
    expect(await clearance).toMatchObject({ refusal: { code: 'SESSION_KILLED', requestId: id } });
    expect(await bench.approvals.get(id)).toMatchObject({
      state: 'cancelled',
      cancelledBy: 'the gateway',
      outcome: { message: 'ended by an operator' },
    });
  });

  it('stays pending without its client where it may be claimed', async () => {
    const { gate } = session(review, { mode: 'claimable' });
    const { waiting, held, leaving } = client();
    const clearance = gate.submit(operation('DELETE', true), waiting);
    const { id } = await held;
    leaving.abort();
    expect((await clearance).kind).toBe('refused');
    expect((await bench.approvals.get(id))?.state).toBe('pending');
  });

  it('is cancelled by its own requester even where it may be claimed', async () => {
    const { gate } = session(review, { mode: 'claimable' });
    const { waiting, held, leaving } = client();
    const clearance = gate.submit(operation('DELETE', true), waiting);
    const { id } = await held;
    leaving.abort(cancelRequested);
    await clearance;
    expect((await bench.approvals.get(id))?.state).toBe('cancelled');
  });

  it('is told to its own principal, of its own connection, and to nobody else', async () => {
    const { gate } = session(review, { mode: 'claimable' });
    const { waiting, held, leaving } = client();
    const clearance = gate.submit(operation('DELETE', true), waiting);
    const { id } = await held;
    leaving.abort();
    await clearance;
    const elsewhere = { name: 'pg-test', revision: 'c1', labels: {} };
    expect(await session(review, { principal: reviewer }).gate.asked(id)).toBeNull();
    expect(await session(review, { connection: elsewhere }).gate.asked(id)).toBeNull();
    expect(await gate.asked('req_none')).toBeNull();
    expect((await gate.asked(id))?.id).toBe(id);
  });

  it('may be claimed from a live session where its client comes back for it', async () => {
    const { gate } = session(review);
    const { waiting, held, leaving } = client();
    const asked = { ...operation('DELETE', true), comesBack: true };
    const clearance = gate.submit(asked, waiting);
    expect((await held).mode).toBe('claimable');
    leaving.abort();
    await clearance;
    const cannot = client();
    const other = gate.submit({ ...operation('DELETE', false), comesBack: true }, cannot.waiting);
    expect((await cannot.held).mode).toBe('live');
    cannot.leaving.abort();
    await other;
  });

  it('is live in a claimable session when the operation itself cannot wait', async () => {
    const { gate } = session(review, { mode: 'claimable' });
    const { waiting, held, leaving } = client();
    const clearance = gate.submit(operation('DELETE', false), waiting);
    expect((await held).mode).toBe('live');
    leaving.abort();
    await clearance;
  });
});

describe('a gate whose store fails', () => {
  it('refuses at submission, and tells the tap what failed', async () => {
    const { gate, events } = session(review, { approvals: withBroken('submit') });
    const clearance = await gate.submit(operation('DELETE'), client().waiting);
    expect(clearance).toMatchObject({ refusal: { code: 'STORE_UNAVAILABLE' } });
    expect(events.at(-1)?.cause).toBeInstanceOf(RefusedError);
  });

  it('refuses when the wait fails, and does not leave a live request to be approved', async () => {
    const { gate } = session(review, { approvals: withBroken('settled') });
    const { waiting, held } = client();
    const clearance = await gate.submit(operation('DELETE'), waiting);
    const { id } = await held;
    expect(clearance).toMatchObject({ refusal: { code: 'STORE_UNAVAILABLE', requestId: id } });
    expect((await bench.approvals.get(id))?.state).toBe('cancelled');
  });

  it('refuses when the approval cannot be consumed', async () => {
    const { gate } = session(review, { approvals: withBroken('consume') });
    const { waiting, held } = client();
    const clearance = gate.submit(operation('DELETE'), waiting);
    const request = await held;
    await bench.approvals.decide(request.id, decision(request), reviewer);
    expect(await clearance).toMatchObject({ refusal: { code: 'STORE_UNAVAILABLE' } });
    expect((await bench.approvals.get(request.id))?.state).toBe('cancelled');
  });

  it('reports an outcome that could not be stored, without failing the session', async () => {
    const { gate, lost } = session(review, { approvals: withBroken('finish') });
    const { waiting, held } = client();
    const clearing = gate.submit(operation('DELETE'), waiting);
    const request = await held;
    await bench.approvals.decide(request.id, decision(request), reviewer);
    const clearance = await clearing;
    if (clearance.kind !== 'cleared') throw new Error('not cleared');
    await clearance.permit.spend().failed(outcome);
    expect(lost).toEqual([request.id]);
  });

  it('records as not run what was consumed but could not be logged', async () => {
    const failing = {
      held: () => {},
      decided({ refusal }: DecisionEvent) {
        if (refusal === null) throw new Error('the audit log is full');
      },
      outcomeLost: () => {},
    };
    const { gate } = session(review, { tap: failing });
    const { waiting, held } = client();
    const clearance = gate.submit(operation('DELETE'), waiting);
    const request = await held;
    await bench.approvals.decide(request.id, decision(request), reviewer);
    expect((await clearance).kind).toBe('refused');
    expect((await bench.approvals.get(request.id))?.state).toBe('failed');
  });
});

it.each(['told', 'not told'])(
  'keeps the number that was given out before, where somebody watches: %s',
  async (how) => {
    const quiet = { held() {}, cleared() {}, refused() {}, sent() {}, ended() {} };
    const { gate, events } = session(allow);
    const watched = watchedGate(gate, () => (how === 'told' ? quiet : null));
    const { waiting } = client();
    const number = watched.nextNumber();
    await watched.submit(operation('SELECT'), waiting);
    const clearance = await watched.submit(operation('SELECT'), waiting, number);
    if (clearance.kind !== 'cleared') throw new Error('not cleared');
    expect([number, clearance.permit.number]).toEqual([1, 1]);
    expect(events.map((event) => event.number)).toEqual([2, 1]);
  },
);
