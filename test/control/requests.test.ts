import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RequestStreamEvent, RequestView } from '../../src/control/contract.ts';
import { type LineClient, lineClient } from '../gateway/line-client.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';

let gateway: StartedGateway;
const opened: LineClient[] = [];

beforeAll(async () => {
  gateway = await startedGateway({
    rules: [
      { name: 'held for reviewers', sql: { class: ['write'] }, then: 'review', chain: 'dba' },
      { name: 'reads pass', sql: { class: ['read'] }, then: 'allow' },
    ],
  });
}, 60_000);

afterEach(() => {
  for (const { stream } of opened.splice(0)) stream.destroy();
});

afterAll(() => gateway[Symbol.asyncDispose]());

/** A request of the account's that waits. */
async function hold(account: string, statement: string): Promise<string> {
  const api = gateway.client(account);
  const { id } = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
  const lines = lineClient(await api.openStream(id));
  opened.push(lines);
  expect(await lines.next()).toBe('hello');
  lines.send(statement);
  return (await lines.next())?.slice('held '.length) ?? '';
}

describe('a held request', () => {
  it('does not exist for those who can neither decide it nor asked for it', async () => {
    const id = await hold('reviewer', 'delete one');
    const stranger = gateway.client('engineer');
    const error = { code: 'NOT_FOUND' };
    await expect(stranger.request(id)).rejects.toMatchObject(error);
    await expect(stranger.cancelRequest(id)).rejects.toMatchObject(error);
    const { digest } = await gateway.client('reviewer').request(id);
    const decision = { kind: 'approve', digest } as const;
    await expect(stranger.decide(id, decision)).rejects.toMatchObject(error);
    const { items } = await stranger.listRequests();
    expect(items.map((request) => request.id)).not.toContain(id);
  });

  it('pitfall 41: is not approved by its own person, nor by an agent of that person', async () => {
    const id = await hold('reviewer', 'delete two');
    const own = gateway.client('reviewer');
    const request = await own.request(id);
    expect(request).toMatchObject({ own: true, mayDecide: false });
    expect(request.mayNotDecideBecause).toContain('own request');
    const decision = { kind: 'approve', digest: request.digest } as const;
    await expect(own.decide(id, decision)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await own.request(id)).state).toBe('pending');
  });

  it('is decided only by somebody who was shown this very operation', async () => {
    const id = await hold('engineer', 'delete three');
    const reviewer = gateway.client('reviewer');
    const digest = `sha256:${'0'.repeat(64)}`;
    await expect(reviewer.decide(id, { kind: 'approve', digest })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('pitfall 46: has one outcome when two decide at once', async () => {
    const id = await hold('engineer', 'delete four');
    const reviewers = [gateway.client('reviewer'), gateway.client('reviewer2')];
    const { digest } = await gateway.client('engineer').request(id);
    const outcomes = await Promise.allSettled(
      reviewers.map((reviewer, index) =>
        reviewer.decide(id, { kind: index === 0 ? 'approve' : 'deny', digest }),
      ),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it("is cancelled by its requester's person, also when an agent asked", async () => {
    const id = await hold('agent', 'delete five');
    const owner = gateway.client('engineer');
    expect(await owner.request(id)).toMatchObject({ own: true, principal: { kind: 'agent' } });
    expect(await owner.cancelRequest(id)).toMatchObject({ state: 'cancelled' });
  });

  it('is listed by state, connection and page', async () => {
    const ids = [];
    for (let count = 0; count < 3; count += 1) ids.push(await hold('engineer', `delete ${count}`));
    const reviewer = gateway.client('reviewer');
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: readonly RequestView[]; nextCursor: string | null } =
        await reviewer.listRequests({
          state: ['pending', 'approved'],
          connection: 'pg-test',
          limit: 2,
          ...(cursor === null ? {} : { cursor }),
        });
      expect(page.items.length).toBeLessThanOrEqual(2);
      listed.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(listed).toEqual(expect.arrayContaining(ids));
    expect(new Set(listed).size).toBe(listed.length);
    expect((await reviewer.listRequests({ connection: 'elsewhere' })).items).toEqual([]);
    expect((await reviewer.listRequests({ mine: true })).items.every(({ own }) => own)).toBe(true);
  });
});

describe('the stream of requests', () => {
  it('begins with all that is pending, and says when that is all', async () => {
    const before = await hold('engineer', 'delete before');
    const stop = new AbortController();
    const seen: string[] = [];
    const events = gateway.client('reviewer').requestEvents({ signal: stop.signal });
    for await (const event of events) {
      if (event.type === 'request') seen.push(event.request.id);
      else {
        expect(event.pending).toContain(before);
        break;
      }
    }
    expect(seen).toContain(before);
    stop.abort();
  });

  it('shows a reviewer a new request within 200 ms, and a stranger none', async () => {
    const stop = new AbortController();
    const reviewer = await follow('reviewer2', stop.signal);
    const stranger = await follow('engineer', stop.signal);
    const asked = performance.now();
    const id = await hold('reviewer', 'delete at once');
    await until(() => reviewer.some((event) => isAbout(event, id)));
    const took = performance.now() - asked;
    expect(took).toBeLessThan(200);
    await delay(50);
    expect(stranger.some((event) => isAbout(event, id))).toBe(false);
    stop.abort();
  });

  it('tells of every state that follows', async () => {
    const stop = new AbortController();
    const events = await follow('engineer', stop.signal);
    const id = await hold('engineer', 'delete and see');
    const reviewer = gateway.client('reviewer');
    const { digest } = await reviewer.request(id);
    await reviewer.decide(id, { kind: 'approve', digest });
    await until(() => statesOf(events, id).includes('succeeded'));
    expect(statesOf(events, id)).toEqual(['pending', 'approved', 'running', 'succeeded']);
    stop.abort();
  });
});

async function follow(account: string, signal: AbortSignal): Promise<RequestStreamEvent[]> {
  const events: RequestStreamEvent[] = [];
  const stream = gateway.client(account).requestEvents({ signal });
  void (async () => {
    for await (const event of stream) events.push(event);
  })();
  await until(() => events.some(({ type }) => type === 'synced'));
  return events;
}

function isAbout(event: RequestStreamEvent, id: string): boolean {
  return event.type === 'request' && event.request.id === id;
}

function statesOf(events: readonly RequestStreamEvent[], id: string): string[] {
  return events.flatMap((event) =>
    event.type === 'request' && event.request.id === id ? [event.request.state] : [],
  );
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not come to pass');
    await delay(2);
  }
}
