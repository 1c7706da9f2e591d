import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { type ControlClient, createControlClient } from '../../src/control/client.ts';
import type { TunnelEvent } from '../../src/control/contract.ts';
import type { Refusal } from '../../src/core/refusal.ts';
import { type GatewayTunnel, openGatewayTunnel } from '../../src/tunnel/gateway-tunnel.ts';
import { type LocalTunnel, openLocalTunnel } from '../../src/tunnel/local-tunnel.ts';
import { lineClient } from '../gateway/line-client.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Whole {
  readonly tunnel: GatewayTunnel;
  readonly local: LocalTunnel;
  readonly port: number;
  readonly events: TunnelEvent[];
  readonly lost: unknown[];
  readonly restored: () => number;
}

async function open(client: ControlClient): Promise<Whole> {
  const events: TunnelEvent[] = [];
  const lost: unknown[] = [];
  let restored = 0;
  const tunnel = await openGatewayTunnel({
    client,
    ask: { connection: 'pg-test', mode: 'live' },
    onEvent: (event) => events.push(event),
    onLost: (error) => lost.push(error),
    onRestored: () => {
      restored += 1;
    },
  });
  cleanups.push(() => tunnel.close());
  const local = await openLocalTunnel({
    transport: tunnel,
    listen: { kind: 'port', port: 0 },
    refuse: async (stream: Duplex, refusal: Refusal) => {
      stream.end(`no ${refusal.code} ${refusal.message}\n`);
    },
    onWarning: () => {},
  });
  cleanups.push(() => local.close());
  if (local.place.kind !== 'port') throw new Error('no port');
  return { tunnel, local, port: local.place.port, events, lost, restored: () => restored };
}

async function dial(port: number): Promise<ReturnType<typeof lineClient> & { socket: Socket }> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  return { ...lineClient(socket), socket };
}

async function gatewayFor(options: Parameters<typeof startedGateway>[0] = {}) {
  const gateway: StartedGateway = await startedGateway(options);
  cleanups.push(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

describe('a tunnel', () => {
  it('is not opened to what is not there', async () => {
    const gateway = await gatewayFor();
    const ask = { connection: 'pg-missing', mode: 'live' } as const;
    const client = gateway.client('engineer');
    await expect(openGatewayTunnel({ client, ask })).rejects.toMatchObject({
      code: 'CONNECTION_UNKNOWN',
      exitCode: 64,
    });
  });

  it('pitfall 34: keeps its port when the gateway restarts, and then works again', async () => {
    const gateway = await gatewayFor({ limits: { heartbeatEveryMs: 200 } });
    const { port, tunnel, lost, restored } = await open(gateway.client('engineer'));
    const before = await dial(port);
    expect(await before.next()).toBe('hello');
    const { id } = tunnel.view;

    await gateway.stop();
    expect(await before.next()).toBe('bye GATEWAY_STOPPING');
    expect(await before.next()).toBeNull();
    await expect.poll(() => lost.length).toBe(1);
    const during = await dial(port);
    expect(await during.next()).toMatch(/^no UPSTREAM_UNREACHABLE .*cannot be reached/);

    await gateway.start();
    await expect.poll(restored, { timeout: 20_000 }).toBe(1);
    expect(tunnel.view.id).not.toBe(id);
    const after = await dial(port);
    expect(await after.next()).toBe('hello');
    after.send('select 1');
    expect(await after.next()).toBe('ok select 1');
  }, 60_000);

  it('opens itself again at once for a client that comes before the next heartbeat', async () => {
    const gateway = await gatewayFor({ limits: { heartbeatEveryMs: 60_000 } });
    const { port } = await open(gateway.client('engineer'));
    await gateway.stop();
    await gateway.start();
    const clients = await Promise.all([dial(port), dial(port), dial(port)]);
    for (const client of clients) expect(await client.next()).toBe('hello');
    const { items } = await gateway.client('engineer').listSessions();
    expect(items).toHaveLength(3);
  }, 60_000);

  it('pitfall 34: says that the login has expired, and goes on with the next one', async () => {
    const gateway = await gatewayFor({ tokenSeconds: 2, limits: { heartbeatEveryMs: 200 } });
    let token = await gateway.token('engineer');
    const { ca } = gateway.certificates;
    const client = createControlClient({ url: gateway.url, ca, token: async () => token });
    const { port, lost, restored } = await open(client);
    await expect.poll(() => lost.length, { timeout: 20_000 }).toBe(1);
    expect(lost[0]).toMatchObject({ code: 'LOGIN_REQUIRED' });
    const refused = await dial(port);
    expect(await refused.next()).toMatch(/^no LOGIN_EXPIRED .*expired/);
    token = await gateway.provider.tokenFor('engineer');
    await expect.poll(restored, { timeout: 20_000 }).toBe(1);
    const welcome = await dial(port);
    expect(await welcome.next()).toBe('hello');
  }, 60_000);

  it('lives past one token when it shows the next in time', async () => {
    const gateway = await gatewayFor({ tokenSeconds: 10, limits: { heartbeatEveryMs: 200 } });
    let token = await gateway.token('engineer');
    const { ca } = gateway.certificates;
    const client = createControlClient({ url: gateway.url, ca, token: async () => token });
    const { port, lost, tunnel } = await open(client);
    const { id, expiresAt } = tunnel.view;
    const lines = await dial(port);
    expect(await lines.next()).toBe('hello');
    const until = (time: number) =>
      new Promise((resolve) => setTimeout(resolve, time - Date.now()));
    await until(Date.parse(expiresAt) - 5_000);
    token = await gateway.provider.tokenFor('engineer');
    await until(Date.parse(expiresAt) + 500);
    lines.send('select 1');
    expect(await lines.next()).toBe('ok select 1');
    expect(tunnel.view.id).toBe(id);
    expect(lost).toEqual([]);
  }, 60_000);

  it('tells of what is held on it, also after the gateway was away', async () => {
    const gateway = await gatewayFor({ limits: { heartbeatEveryMs: 200 } });
    const { port, events, tunnel } = await open(gateway.client('engineer'));
    const { id: former } = tunnel.view;
    await gateway.stop();
    await gateway.start();
    await expect.poll(() => tunnel.view.id, { timeout: 20_000 }).not.toBe(former);
    const lines = await dial(port);
    await lines.next();
    lines.send('delete a row');
    const id = (await lines.next())?.slice('held '.length);
    await expect
      .poll(() => events.at(-1), { timeout: 20_000 })
      .toMatchObject({ type: 'held', request: { id } });
  }, 60_000);

  it('cancels what a client that left was waiting for', async () => {
    const gateway = await gatewayFor();
    const api = gateway.client('engineer');
    const { port } = await open(api);
    const lines = await dial(port);
    await lines.next();
    lines.send('delete a row');
    const id = (await lines.next())?.slice('held '.length) ?? '';
    lines.socket.destroy();
    await expect.poll(async () => (await api.request(id)).state).toBe('cancelled');
  }, 60_000);
});
