import { rename, rm } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiver } from '../sinks/receiver.ts';
import { lineClient } from './line-client.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startedGateway({ metrics: true });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ask = (where: string, method = 'GET') => fetch(`${gateway.metricsUrl()}${where}`, { method });

async function metric(name: string): Promise<number | null> {
  const lines = (await (await ask('/metrics')).text()).split('\n');
  const line = lines.find((each) => each.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}

describe('the listener for metrics', () => {
  it('answers nothing but three paths, to nothing but GET and HEAD', async () => {
    for (const where of [
      '/',
      '/v1/requests',
      '/metrics/',
      '//metrics',
      '/metrics%2f',
      '/readyz/x',
    ]) {
      expect((await ask(where)).status, where).toBe(404);
    }
    const posted = await ask('/metrics', 'POST');
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await ask('/metrics', 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(await (await ask('/healthz')).text()).toBe('ok\n');
  });
});

it('is asked under no name that may lead here from a page of another site', async () => {
  const askAs = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${gateway.metricsUrl()}/metrics`, { headers: { host } });
      asked.on('response', (answer) => resolve(answer.resume().statusCode)).on('error', reject);
      asked.end();
    });
  for (const name of ['evil.example', 'evil.example:9464', '127.0.0.1.evil.example', '127.1']) {
    expect([name, await askAs(name)]).toEqual([name, 421]);
  }
  for (const name of ['127.0.0.1', 'localhost:9464', '[::1]:9464']) {
    expect([name, await askAs(name)]).toEqual([name, 200]);
  }
});

it('says which record a sink refuses, for as long as it does', async () => {
  let picky = true;
  await using webhook = await receiver([], () => (picky ? 422 : 'take'));
  await using other = await startedGateway({ metrics: true });
  await other.stop();
  const { url, ca } = webhook;
  const sink = { kind: 'webhook', format: 'json', url, ca, secret: null } as const;
  other.configure((config) => ({ ...config, audit: { ...config.audit, sinks: [sink] } }));
  await other.start();
  const told = async () => (await fetch(`${other.metricsUrl()}/metrics`)).text();
  const refused = `hoopx_audit_sink_refused_seq{sink="webhook ${new URL(url).host}"}`;
  await expect.poll(told).toContain(`${refused} 1\n`);
  picky = false;
  await expect.poll(told, { timeout: 20_000 }).not.toContain(refused);
}, 60_000);

describe('readiness', () => {
  async function reasons(): Promise<string> {
    const answer = await ask('/readyz');
    return `${answer.status} ${await answer.text()}`;
  }

  it('is refused with the reason while a folder is gone, and comes back with it', async () => {
    await expect.poll(reasons).toBe('200 ready\n');
    for (const [name, reason] of [
      ['recordings', /^503 recordings cannot be written: ENOENT\n$/],
      ['audit', /^503 the audit log cannot be written: ENOENT\n$/],
    ] as const) {
      const folder = path.join(gateway.folder, name);
      await rename(folder, `${folder}-away`);
      await expect.poll(reasons).toMatch(reason);
      await rm(folder, { recursive: true, force: true });
      await rename(`${folder}-away`, folder);
      await expect.poll(reasons).toBe('200 ready\n');
    }
    expect((await ask('/healthz')).status).toBe(200);
  });

  it('is refused while the store cannot be written', async () => {
    const other = new Database(path.join(gateway.folder, 'hoopx.db'));
    other.exec('begin immediate');
    await expect.poll(reasons).toMatch(/^503 the store cannot be written: .*locked it/);
    other.exec('rollback');
    other.close();
    await expect.poll(reasons).toBe('200 ready\n');
  });
});

it('counts what passes, is refused, is held and approved, and names nobody', async () => {
  const passed = 'hoopx_operations_total{protocol="postgres",verdict="allow",result="passed"}';
  const denied = 'hoopx_operations_total{protocol="postgres",verdict="deny",result="refused"}';
  const reviewed = 'hoopx_operations_total{protocol="postgres",verdict="review",result="passed"}';
  expect(await metric(passed)).toBe(0);
  const api = gateway.client('engineer');
  const tunnel = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
  const lines = lineClient(await api.openStream(tunnel.id));
  expect(await lines.next()).toBe('hello');
  for (const statement of ['select 1', 'select planted_text', 'drop table planted_text']) {
    lines.send(statement);
    await lines.next();
  }
  lines.send('delete from planted_text');
  const reviewer = gateway.client('reviewer');
  const pending = async () => (await reviewer.listRequests({ state: ['pending'] })).items;
  await expect.poll(async () => (await pending()).length).toBe(1);
  expect(await metric('hoopx_requests_open{state="pending"}')).toBe(1);
  const [request] = await pending();
  if (request === undefined) throw new Error('nothing is held');
  const { id, digest } = await reviewer.request(request.id);
  await reviewer.decide(id, { kind: 'approve', digest });
  await expect.poll(() => metric('hoopx_requests_total{state="succeeded"}')).toBe(1);
  expect(await metric(passed)).toBe(2);
  expect([await metric(denied), await metric(reviewed)]).toEqual([1, 1]);
  expect(await metric('hoopx_refusals_total{code="DENIED_BY_RULE"}')).toBe(1);
  expect(await metric('hoopx_sessions_open{protocol="postgres"}')).toBe(1);
  expect(await metric('hoopx_requests_open{state="pending"}')).toBe(0);
  expect(await metric('hoopx_request_wait_seconds_count{state="approved"}')).toBe(1);
  expect(await metric('hoopx_store_write_seconds_count')).toBeGreaterThan(4);
  expect(await metric('hoopx_recording_bytes_total')).toBeGreaterThan(0);
  await expect.poll(() => metric('hoopx_audit_written_seq')).toBeGreaterThan(5);
  expect(await metric('hoopx_audit_seq')).toBeGreaterThan(5);
  const all = await (await ask('/metrics')).text();
  expect(all).not.toMatch(/planted_text|pg-test|engineer|reviewer|writes need a DBA/);
  lines.stream.end();
  await expect.poll(() => metric('hoopx_sessions_open{protocol="postgres"}')).toBe(0);
}, 60_000);
