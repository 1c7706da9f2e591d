import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RequestDraft } from '../../src/core/approvals.ts';
import type { HeldRequest } from '../../src/core/request.ts';
import { UserError } from '../../src/core/user-error.ts';
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
  reviewer2,
  silent,
  stranger,
  submitted,
} from './bench.ts';
import { createSigningApprovals } from './signing.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const patient = () => new AbortController().signal;
const outcome = { message: null, targetCode: null, rowCount: 1 };

async function approved(change: Partial<RequestDraft> = {}): Promise<HeldRequest> {
  const { request } = await submitted(bench, change);
  await bench.approvals.decide(request.id, decision(request), reviewer);
  return request;
}

async function state(id: string): Promise<string | undefined> {
  return (await bench.approvals.get(id))?.state;
}

describe('decide', () => {
  it('refuses what does not exist, was not shown, is over, or is one’s own', async () => {
    const { request } = await submitted(bench);
    const { approvals } = bench;
    const codes = [
      await approvals.decide('req_none', decision(request), reviewer),
      await approvals.decide(request.id, { ...decision(request), digest: 'sha256:x' }, reviewer),
      await approvals.decide(request.id, decision(request), engineer),
      await approvals.decide(request.id, decision(request), stranger),
      await approvals.decide(request.id, decision(request, 'deny'), reviewer),
      await approvals.decide(request.id, decision(request), reviewer2),
    ].map((result) => (result.kind === 'refused' ? result.code : result.kind));
    expect(codes).toEqual([
      'NOT_FOUND',
      'DIGEST_MISMATCH',
      'OWN_REQUEST',
      'NOT_ELIGIBLE',
      'done',
      'NOT_PENDING',
    ]);
  });

  it('counts distinct people until there are enough', async () => {
    const chains = [chain({ stages: [{ groups: ['dba'], count: 2 }] })];
    const { request } = await submitted(bench, { chains });
    const { approvals } = bench;
    const first = await approvals.decide(request.id, decision(request), reviewer);
    expect(first.request?.state).toBe('pending');
    expect(approvals.awaiting(first.request ?? request)).toEqual(['1 of group dba (chain dba)']);
    const twice = await approvals.decide(request.id, decision(request), reviewer);
    expect(twice).toMatchObject({ code: 'ALREADY_DECIDED_BY_PERSON' });
    const second = await approvals.decide(request.id, decision(request), reviewer2);
    expect(second.request?.state).toBe('approved');
  });

  it('tells a reviewer beforehand what deciding would tell them', async () => {
    const { request } = await submitted(bench, { principal: agent });
    const { approvals } = bench;
    expect(approvals.eligibility(request, reviewer)).toEqual({ mayDecide: true, because: null });
    expect(approvals.eligibility(request, engineer).because).toBe('it is your own request');
    expect(approvals.eligibility(request, stranger).mayDecide).toBe(false);
    const done = await approvals.decide(request.id, decision(request), reviewer);
    expect(approvals.eligibility(done.request ?? request, reviewer2)).toEqual({
      mayDecide: false,
      because: 'it is approved',
    });
    expect(approvals.awaiting(done.request ?? request)).toEqual([]);
  });
});

describe('exactly one outcome', () => {
  it('pitfall 46: of two opposite decisions at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { request } = await submitted(bench, { digest: digestOfText(`d${round}`) });
      const results = await Promise.all([
        bench.approvals.decide(request.id, decision(request, 'approve'), reviewer),
        bench.approvals.decide(request.id, decision(request, 'deny'), reviewer2),
      ]);
      expect(results.filter(({ kind }) => kind === 'done')).toHaveLength(1);
      expect((await bench.approvals.get(request.id))?.decisions).toHaveLength(1);
    }
  });

  it('pitfall 46: of a decision at the very moment of expiry', async () => {
    const { request } = await submitted(bench);
    bench.time.now = request.expiresAt;
    const [decided] = await Promise.all([
      bench.approvals.decide(request.id, decision(request), reviewer),
      bench.approvals.sweep(),
    ]);
    expect(decided).toMatchObject({ kind: 'refused', code: 'NOT_PENDING' });
    expect(await state(request.id)).toBe('expired');
  });

  it('pitfall 46: of a decision that waits for the store until its time is over', async () => {
    const { request } = await submitted(bench);
    bench.time.now = request.expiresAt - 1;
    const deciding = bench.approvals.decide(request.id, decision(request), reviewer);
    bench.time.now = request.expiresAt;
    expect((await deciding).kind).toBe('refused');
    expect(await state(request.id)).toBe('expired');
  });

  it('of cancelling and approving at once', async () => {
    const { request } = await submitted(bench, { mode: 'live' });
    const [stands] = await Promise.all([
      bench.approvals.cancel(request.id, 'engineer', 'Ctrl-C'),
      bench.approvals.decide(request.id, decision(request), reviewer),
    ]);
    expect(stands.state).toBe('cancelled');
    expect((await bench.approvals.consume(request.id)).kind).toBe('lost');
  });

  it('of consuming and revoking at once', async () => {
    const request = await approved();
    const [consumed, revoked] = await Promise.all([
      bench.approvals.consume(request.id),
      bench.approvals.revoke(request.id, reviewer, null),
    ]);
    expect([consumed.kind, revoked.kind]).toEqual(['consumed', 'refused']);
    expect(await state(request.id)).toBe('running');
  });

  it('of consuming at the moment when the approval lapses', async () => {
    const request = await approved();
    bench.time.now += 30_000;
    const [consumed] = await Promise.all([
      bench.approvals.consume(request.id),
      bench.approvals.sweep(),
    ]);
    expect(consumed).toMatchObject({ kind: 'lost', request: { state: 'expired' } });
  });

  it('of many who consume the same approval', async () => {
    const request = await approved();
    const all = await Promise.all(
      Array.from({ length: 20 }, () => bench.approvals.consume(request.id)),
    );
    expect(all.filter(({ kind }) => kind === 'consumed')).toHaveLength(1);
  });
});

describe('waiting', () => {
  it('ends at once when it was settled before the call', async () => {
    const request = await approved();
    expect((await bench.approvals.settled(request.id, patient())).state).toBe('approved');
  });

  it('ends within milliseconds of the stored decision', async () => {
    const { request } = await submitted(bench);
    const waited = bench.approvals.settled(request.id, patient()).then(() => performance.now());
    let stored = 0;
    bench.approvals.subscribe(() => {
      stored = performance.now();
    });
    await bench.approvals.decide(request.id, decision(request), reviewer);
    expect((await waited) - stored).toBeLessThan(5);
  });

  it('goes on while an approval of two is missing', async () => {
    const chains = [chain({ stages: [{ groups: ['dba'], count: 2 }] })];
    const { request } = await submitted(bench, { chains });
    let over = false;
    const waiting = bench.approvals.settled(request.id, patient()).then((settled) => {
      over = true;
      return settled;
    });
    await bench.approvals.decide(request.id, decision(request), reviewer);
    expect(over).toBe(false);
    await bench.approvals.decide(request.id, decision(request), reviewer2);
    expect((await waiting).state).toBe('approved');
  });

  it('rejects with the reason of the abort, before and during the wait', async () => {
    const { request } = await submitted(bench);
    const gone = AbortSignal.abort('gone');
    await expect(bench.approvals.settled(request.id, gone)).rejects.toBe('gone');
    const leaving = new AbortController();
    const waiting = bench.approvals.settled(request.id, leaving.signal);
    leaving.abort('left');
    await expect(waiting).rejects.toBe('left');
  });

  it('rejects for a request that does not exist', async () => {
    await expect(bench.approvals.settled('req_none', patient())).rejects.toThrow('req_none');
  });

  it('tells every listener of each stored change, though another one throws', async () => {
    const seen: string[] = [];
    bench.approvals.subscribe(() => {
      throw new Error('a broken listener');
    });
    const stop = bench.approvals.subscribe(({ version, state: now }) =>
      seen.push(`${version} ${now}`),
    );
    const request = await approved();
    await bench.approvals.consume(request.id);
    stop();
    await bench.approvals.finish(request.id, 'succeeded', outcome);
    expect(seen).toEqual(['1 pending', '2 approved', '3 running']);
  });
});

describe('ending from outside', () => {
  it('is refused to everyone but the requester and their person', async () => {
    const { request } = await submitted(bench, { principal: agent });
    const { approvals } = bench;
    for (const who of [reviewer, stranger]) {
      const result = await approvals.cancelByRequester(request.id, who);
      expect(result).toMatchObject({ kind: 'refused', code: 'NOT_REQUESTER' });
    }
    expect((await approvals.cancelByRequester(request.id, engineer)).kind).toBe('done');
    const again = await approvals.cancelByRequester(request.id, agent);
    expect(again).toMatchObject({ code: 'NOT_OPEN' });
  });

  it('is refused to an agent for what its owner asked', async () => {
    const { request } = await submitted(bench);
    const result = await bench.approvals.cancelByRequester(request.id, agent);
    expect(result).toMatchObject({ code: 'NOT_REQUESTER' });
  });

  it('takes an approval back before it runs, for those whom a chain names', async () => {
    const request = await approved();
    const { approvals } = bench;
    expect(await approvals.revoke(request.id, stranger, null)).toMatchObject({
      code: 'NOT_ELIGIBLE',
    });
    expect(await approvals.revoke(request.id, reviewer2, 'wrong table')).toMatchObject({
      kind: 'done',
      request: { state: 'revoked', outcome: { message: 'by reviewer2: wrong table' } },
    });
    expect((await approvals.consume(request.id)).kind).toBe('lost');
  });

  it('leaves alone what has ended', async () => {
    const request = await approved();
    await bench.approvals.consume(request.id);
    expect((await bench.approvals.cancel(request.id, 'engineer', 'late')).state).toBe('running');
    await bench.approvals.finish(request.id, 'succeeded', outcome);
    await expect(bench.approvals.finish(request.id, 'failed', outcome)).rejects.toThrow();
    expect(await state(request.id)).toBe('succeeded');
  });
});

describe('a restart', () => {
  it('pitfall 46: keeps what may be claimed, cancels what waited, and reruns nothing', async () => {
    const waiting = await submitted(bench, { mode: 'live', digest: digestOfText('a') });
    const live = await approved({ mode: 'live', digest: digestOfText('b') });
    const later = await submitted(bench, { digest: digestOfText('c') });
    const claimable = await approved({ digest: digestOfText('d') });
    const ran = await approved({ digest: digestOfText('e') });
    await bench.approvals.consume(ran.id);
    await bench.restart();
    expect(await bench.approvals.get(waiting.request.id)).toMatchObject({
      state: 'cancelled',
      cancelledBy: 'the gateway',
      outcome: { message: 'the gateway restarted' },
    });
    expect(await state(live.id)).toBe('cancelled');
    expect(await state(later.request.id)).toBe('pending');
    expect(await state(ran.id)).toBe('unknown');
    expect((await submitted(bench, { digest: digestOfText('e') })).joined).toBe(false);
    const claim = await submitted(bench, { digest: digestOfText('d') });
    expect(claim.request).toMatchObject({ id: claimable.id, state: 'approved' });
    expect((await bench.approvals.consume(claimable.id)).kind).toBe('consumed');
  });

  it('expires what lapsed while no gateway ran', async () => {
    const { request } = await submitted(bench);
    bench.time.now += 60_000;
    await bench.restart();
    expect(await state(request.id)).toBe('expired');
  });
});

describe('time', () => {
  it('pitfall 45: expires pending requests by itself, and says so', async () => {
    const approvals = createSigningApprovals(bench.store, {
      clock: () => bench.time.now,
      mintId: () => 'req_timed',
      log: silent,
      sweepEveryMs: 5,
    });
    await approvals.recover();
    const { request } = await submitted(bench);
    const settled = approvals.settled(request.id, AbortSignal.timeout(30_000));
    bench.time.now = request.expiresAt;
    expect((await settled).state).toBe('expired');
    await approvals.stop();
  });

  it('pitfall 45: leaves history behind', async () => {
    const { request } = await submitted(bench);
    bench.time.now += 365 * 24 * 3_600_000;
    await bench.approvals.sweep();
    await bench.restart();
    const { items } = await bench.approvals.list({ states: ['expired'] }, null, 10);
    expect(items.map(({ id }) => id)).toEqual([request.id]);
  });
});

describe('list', () => {
  it('refuses a cursor that it did not give', async () => {
    for (const cursor of ['x', '', 'e30', Buffer.from('["a",1]').toString('base64url')]) {
      await expect(bench.approvals.list({}, cursor, 10)).rejects.toBeInstanceOf(UserError);
    }
  });

  it('shows each request once, newest first, over pages and while new ones arrive', async () => {
    for (let index = 0; index < 7; index += 1) {
      if (index % 2 === 0) bench.time.now += 1;
      await submitted(bench, { digest: digestOfText(`q${index}`) });
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await bench.approvals.list({}, cursor, 3);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      bench.time.now += 1;
      await submitted(bench, { digest: digestOfText(`new${seen.length}`) });
    } while (cursor !== null);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map((index) => `req_${index}`));
  });

  it('pitfall 47: ends a page early when what it holds grows large, and loses nothing', async () => {
    const statement = `SELECT '${'x'.repeat(3 * 1024 * 1024)}'`;
    for (let index = 0; index < 5; index += 1) {
      const { presentation } = draft();
      const digest = digestOfText(`large${index}`);
      await submitted(bench, { digest, presentation: { ...presentation, statement } });
    }
    const pages: number[] = [];
    let cursor: string | null = null;
    do {
      const page = await bench.approvals.list({}, cursor, 200);
      pages.push(page.items.length);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(pages).toEqual([2, 2, 1]);
  });

  it('shows only what one may see, and fills the page with it', async () => {
    const own = await submitted(bench, { digest: digestOfText('own') });
    for (let index = 0; index < 6; index += 1) {
      bench.time.now += 1;
      const digest = digestOfText(`s${index}`);
      const chains = [chain({ stages: [{ groups: ['security'], count: 1 }] })];
      await submitted(bench, { principal: { ...agent, person: 'ann' }, digest, chains });
    }
    const ids = async (who: typeof reviewer, limit: number) =>
      (await bench.approvals.list({ visibleTo: who }, null, limit)).items.map(({ id }) => id);
    expect(await ids(reviewer, 1)).toEqual([own.request.id]);
    expect(await ids(engineer, 2)).toEqual([own.request.id]);
    expect(await ids(stranger, 10)).toEqual([]);
    expect(await ids(reviewer2, 10)).toHaveLength(7);
  });

  it('filters by state, connection and requester', async () => {
    const request = await approved();
    await submitted(bench, { digest: digestOfText('b'), principal: agent });
    const ids = async (filter: Parameters<typeof bench.approvals.list>[0]) =>
      (await bench.approvals.list(filter, null, 10)).items.map(({ id }) => id);
    expect(await ids({ states: ['approved'] })).toEqual([request.id]);
    expect(await ids({ requester: engineer })).toEqual([request.id]);
    expect(await ids({ connection: 'pg-other' })).toEqual([]);
    expect(await ids({ states: [] })).toEqual([]);
  });
});
