import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineClient } from './line-client.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

let gateway: StartedGateway;

beforeAll(async () => {
  gateway = await startedGateway();
}, 60_000);

afterAll(() => gateway[Symbol.asyncDispose]());

async function openLines(account: string, mode: 'live' | 'claimable' = 'live') {
  const api = gateway.client(account);
  const tunnel = await api.openTunnel({ connection: 'pg-test', mode });
  const lines = lineClient(await api.openStream(tunnel.id));
  expect(await lines.next()).toBe('hello');
  return { api, tunnel, lines };
}

describe('a gateway', () => {
  it('refuses a connection that is not open to the caller as if there were none', async () => {
    const api = gateway.client('engineer');
    const ask = (connection: string) => api.openTunnel({ connection, mode: 'live' });
    await expect(ask('pg-closed')).rejects.toMatchObject({ code: 'CONNECTION_UNKNOWN' });
    await expect(ask('pg-missing')).rejects.toMatchObject({ code: 'CONNECTION_UNKNOWN' });
    const { items } = await api.listConnections();
    expect(items.map(({ name }) => name)).toEqual(['pg-test']);
    await expect(api.connection('pg-closed')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('holds a write until a reviewer has approved it, and then runs it once', async () => {
    const { api, tunnel, lines } = await openLines('engineer');
    lines.send('delete a row');
    const held = await lines.next();
    expect(held).toMatch(/^held req_/);
    const id = held?.slice('held '.length) ?? '';
    const reviewer = gateway.client('reviewer');
    const request = await reviewer.request(id);
    expect(request).toMatchObject({ state: 'pending', mayDecide: true, own: false });
    await reviewer.decide(id, { kind: 'approve', digest: request.digest });
    expect(await lines.next()).toBe('ok delete a row');
    expect(await api.request(id)).toMatchObject({ state: 'succeeded', own: true });
    const { operations } = await api.tunnel(tunnel.id);
    expect(operations).toMatchObject([{ requestId: id, decided: true, refusal: null }]);
  });

  it('tells the requester of a denial', async () => {
    const { lines } = await openLines('engineer');
    lines.send('drop a table');
    expect(await lines.next()).toMatch(/^no DENIED_BY_RULE/);
    lines.send('select 1');
    expect(await lines.next()).toBe('ok select 1');
  });
});
