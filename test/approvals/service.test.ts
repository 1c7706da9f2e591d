import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, decision, openBench, reviewer, submitted } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

describe('one request', () => {
  it('is held, approved, consumed once, and finished', async () => {
    const { request } = await submitted(bench);
    const settled = bench.approvals.settled(request.id, new AbortController().signal);
    const decided = await bench.approvals.decide(request.id, decision(request), reviewer);
    expect(decided.kind).toBe('done');
    expect((await settled).state).toBe('approved');
    expect((await bench.approvals.consume(request.id)).kind).toBe('consumed');
    expect((await bench.approvals.consume(request.id)).kind).toBe('lost');
    const outcome = { message: null, targetCode: null, rowCount: 3 };
    await bench.approvals.finish(request.id, 'succeeded', outcome);
    expect(await bench.approvals.get(request.id)).toMatchObject({ state: 'succeeded', outcome });
  });
});
