import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TunnelEvent } from '../../src/control/contract.ts';
import { lineClient } from './line-client.ts';
import { type GatewayOptions, type StartedGateway, startedGateway } from './started-gateway.ts';

let gateway: StartedGateway;

beforeAll(async () => {
  gateway = await startedGateway({ operators: ['dba'] });
}, 60_000);

afterAll(() => gateway[Symbol.asyncDispose]());

async function openLines(account: string, at: StartedGateway = gateway) {
  const api = at.client(account);
  const tunnel = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
  const lines = lineClient(await api.openStream(tunnel.id));
  expect(await lines.next()).toBe('hello');
  return { api, tunnel, lines };
}

const started = (options: GatewayOptions) => startedGateway(options);

describe('a tunnel ends', () => {
  it('when its last token has expired, with its sessions and what they hold', async () => {
    await using brief = await started({ tokenSeconds: 3 });
    const { api, tunnel, lines } = await openLines('engineer', brief);
    lines.send('delete a row');
    const id = (await lines.next())?.slice('held '.length) ?? '';
    await delay(2_500);
    expect(await lines.next()).toMatch(/^no LOGIN_EXPIRED/);
    await expect(api.tunnel(tunnel.id)).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
    const later = await brief.provider.tokenFor('engineer');
    const { createControlClient } = await import('../../src/control/client.ts');
    const { ca } = brief.certificates;
    const fresh = createControlClient({ url: brief.url, ca, token: async () => later });
    await expect(fresh.tunnel(tunnel.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await fresh.request(id)).toMatchObject({ state: 'cancelled' });
  }, 60_000);

  it('when heartbeats stop, and not while they come', async () => {
    await using strict = await started({ limits: { silenceMs: 1_500 } });
    const { api, tunnel, lines } = await openLines('engineer', strict);
    for (let beat = 0; beat < 3; beat += 1) {
      await delay(1_000);
      await api.heartbeat(tunnel.id);
    }
    lines.send('select 1');
    expect(await lines.next()).toBe('ok select 1');
    expect(await lines.next()).toMatch(/^bye CANCELLED_BY_REQUESTER .*silent/);
    await expect(api.heartbeat(tunnel.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }, 60_000);

  it('when its next token gives its principal other groups: the old ones are not kept alive', async () => {
    await using regrouped = await started({});
    const { api, tunnel, lines } = await openLines('engineer', regrouped);
    await api.heartbeat(tunnel.id);
    regrouped.configure((config) => ({
      ...config,
      identity: config.identity.map((identity) => ({ ...identity, groupsClaim: 'none' })),
    }));
    await regrouped.reload();
    await api.heartbeat(tunnel.id);
    expect(await lines.next()).toMatch(/^bye LOGIN_EXPIRED .*groups/);
    await expect(api.tunnel(tunnel.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('when it is closed, and its streams with it', async () => {
    const { api, tunnel, lines } = await openLines('engineer');
    await api.closeTunnel(tunnel.id);
    expect(await lines.next()).toMatch(/^bye CANCELLED_BY_REQUESTER/);
    expect(await lines.next()).toBeNull();
  });

  it('pitfall 37: when its principal logs out, and the token opens nothing any more', async () => {
    await using other = await started({});
    const { api, lines } = await openLines('engineer', other);
    const second = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
    const bystander = await openLines('reviewer', other);
    const events: TunnelEvent[] = [];
    const followed = (async () => {
      const { signal } = new AbortController();
      for await (const event of api.tunnelEvents(second.id, { signal })) events.push(event);
    })();
    await delay(100);
    await api.logout();
    expect(await lines.next()).toMatch(/^bye LOGIN_EXPIRED/);
    await followed;
    expect(events).toEqual([expect.objectContaining({ type: 'closed', code: 'LOGIN_EXPIRED' })]);
    await expect(api.whoami()).rejects.toMatchObject({ code: 'LOGIN_REQUIRED', exitCode: 4 });
    bystander.lines.send('select 1');
    expect(await bystander.lines.next()).toBe('ok select 1');
  }, 60_000);
});

describe('sessions', () => {
  it("are not for others to see or end, except for the gateway's operators", async () => {
    const theirs = await openLines('engineer');
    const agent = gateway.client('agent');
    const reviewer = gateway.client('reviewer');
    expect((await agent.listSessions()).items).toEqual([]);
    const { items } = await reviewer.listSessions();
    const id = items.find(({ principal }) => principal.subject === 'engineer')?.id ?? '';
    await expect(agent.killSession(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    theirs.lines.send('select 1');
    expect(await theirs.lines.next()).toBe('ok select 1');
    await reviewer.killSession(id);
    expect(await theirs.lines.next()).toMatch(/^bye SESSION_KILLED ended by reviewer/);
  });

  it('of one principal leave room for others', async () => {
    const limits = { sessionsPerPrincipal: 2 };
    await using small = await started({ limits });
    const { api, tunnel } = await openLines('engineer', small);
    await openLines('engineer', small);
    const refused = lineClient(await api.openStream(tunnel.id));
    expect(await refused.next()).toMatch(/^no LIMIT_EXCEEDED/);
    await openLines('reviewer', small);
  });

  it("of a person's agent are that person's to end", async () => {
    const { lines } = await openLines('agent');
    const engineer = gateway.client('engineer');
    const { items } = await engineer.listSessions();
    const id = items.find(({ principal }) => principal.kind === 'agent')?.id ?? '';
    await engineer.killSession(id);
    expect(await lines.next()).toMatch(/^bye SESSION_KILLED/);
  });

  it('pitfall 44: end at once when they are killed, also while held', async () => {
    const { api, lines } = await openLines('engineer');
    lines.send('delete a row');
    const id = (await lines.next())?.slice('held '.length) ?? '';
    const session = (await api.listSessions()).items.find(({ holding }) => holding?.includes(id));
    const asked = performance.now();
    await api.killSession(session?.id ?? '');
    expect(await lines.next()).toMatch(/^no SESSION_KILLED/);
    expect(performance.now() - asked).toBeLessThan(500);
    expect(await api.request(id)).toMatchObject({ state: 'cancelled' });
  });

  it('are gone from the list when their client has left, and so is what they held', async () => {
    const { api, lines } = await openLines('engineer');
    lines.send('delete a row');
    const id = (await lines.next())?.slice('held '.length) ?? '';
    lines.stream.destroy();
    await expect.poll(async () => (await api.request(id)).state).toBe('cancelled');
    const { items } = await api.listSessions();
    expect(items.some(({ holding }) => holding?.includes(id))).toBe(false);
  });
});

describe('a stream', () => {
  it('carries any bytes both ways, and their end', async () => {
    const { lines } = await openLines('engineer');
    const { stream } = lines;
    lines.send('echo');
    await delay(20);
    const sent = randomBytes(4 * 1024 * 1024);
    const received: Buffer[] = [];
    stream.on('data', (chunk) => received.push(chunk));
    stream.end(sent);
    await new Promise((resolve) => stream.once('end', resolve));
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  it('loses nothing that the client sent together with its request', async () => {
    const api = gateway.client('engineer');
    const { id } = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
    const { rawBytes } = await import('../control/raw-call.ts');
    const token = await gateway.token('engineer');
    const head = `GET /v1/tunnels/${id}/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: hoopx-tunnel/1\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const answer = rawBytes(gateway, `${head}select early\ndrop it\n`);
    await delay(300);
    await api.closeTunnel(id);
    expect(await answer).toContain('ok select early\nno DENIED_BY_RULE');
  });
});

describe('the events of a tunnel', () => {
  it('tell what is held, first what was held before, and what came of it', async () => {
    const { api, tunnel, lines } = await openLines('engineer');
    lines.send('delete a row');
    const id = (await lines.next())?.slice('held '.length) ?? '';
    const stop = new AbortController();
    const events: TunnelEvent[] = [];
    const followed = (async () => {
      for await (const event of api.tunnelEvents(tunnel.id, { signal: stop.signal })) {
        events.push(event);
        if (event.type === 'decided') stop.abort();
      }
    })();
    await expect.poll(() => events.length).toBe(1);
    expect(events[0]).toMatchObject({ type: 'held', request: { id, own: true } });
    const reviewer = gateway.client('reviewer');
    const { digest } = await reviewer.request(id);
    await reviewer.decide(id, { kind: 'deny', digest, reason: 'not today' });
    await followed;
    expect(events[1]).toMatchObject({
      type: 'decided',
      operation: { requestId: id, digest, refusal: { code: 'DENIED_BY_REVIEWER' } },
    });
  });

  it('are told of everything on a claimable tunnel, with digests', async () => {
    const api = gateway.client('engineer');
    const tunnel = await api.openTunnel({ connection: 'pg-test', mode: 'claimable' });
    const lines = lineClient(await api.openStream(tunnel.id));
    await lines.next();
    lines.send('select 1');
    await lines.next();
    const { operations } = await api.tunnel(tunnel.id);
    expect(operations).toMatchObject([
      { verdict: 'allow', digest: expect.stringMatching(/^sha256:/), requestId: null },
    ]);
  });
});
