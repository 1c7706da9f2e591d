import { expect, test } from 'vitest';
import { startEcho } from './echo-upstream.ts';
import { startGated } from './gated.ts';

const post = (body: string, prefer?: string) => ({
  method: 'POST',
  body,
  headers: {
    'Content-Type': 'application/json',
    ...(prefer === undefined ? {} : { Prefer: prefer }),
  },
});

test.each(['respond-async', 'wait=0'])(
  'Prefer: %s answers 202 at once, and the same request again claims the approval',
  async (prefer) => {
    await using upstream = await startEcho();
    await using gated = await startGated(upstream, { mode: 'claimable' });
    const first = await fetch(`${gated.url}/held`, post('{"a":1}', prefer));
    expect(first.status).toBe(202);
    expect(await first.json()).toMatchObject({
      schema: 'hoopx.result/v1',
      requestId: 'req_1',
      status: 'pending',
      url: '/v1/requests/req_1',
      action: { protocol: 'http', summary: 'POST /held' },
    });
    const other = await fetch(`${gated.url}/held`, post('{"a":2}', prefer));
    expect(await other.json()).toMatchObject({ requestId: 'req_2' });
    const request = await gated.approvals.get('req_1');
    if (request === null) throw new Error('no request');
    await gated.approve(request);
    expect(upstream.seen).toEqual([]);

    const claimed = await fetch(`${gated.url}/held`, post('{"a":1}', prefer));
    expect(claimed.status).toBe(200);
    expect(upstream.seen.map(({ body }) => body)).toEqual(['{"a":1}']);
    const again = await fetch(`${gated.url}/held`, post('{"a":1}', prefer));
    expect(again.status).toBe(202);
    expect(upstream.seen).toHaveLength(1);
  },
);

test('a live session comes back for what it prefers not to wait for, and waits for the rest', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  expect((await fetch(`${gated.url}/held`, post('{}', 'respond-async'))).status).toBe(202);
  await gated.approve();
  expect((await fetch(`${gated.url}/held`, post('{}', 'respond-async'))).status).toBe(200);
  const waits = fetch(`${gated.url}/held`, post('{}'));
  const request = await gated.held();
  expect(request.mode).toBe('live');
  await gated.approve(request);
  expect((await waits).status).toBe(200);
});

test('a body beyond what is reviewed is never claimable', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, { mode: 'claimable' });
  const asked = fetch(`${gated.url}/held`, post('x'.repeat(1_100_000), 'wait=0'));
  const request = await gated.held();
  expect(request.mode).toBe('live');
  expect(request.presentation.inputNotReviewed).toBe('the request body');
  await gated.approve(request);
  expect((await asked).status).toBe(200);
  expect(upstream.seen[0]?.body).toHaveLength(1_100_000);
});
