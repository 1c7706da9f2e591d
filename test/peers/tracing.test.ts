import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EchoUpstream, startEcho } from '../protocols/http/echo-upstream.ts';
import { otlpSchema, type SentSpan } from '../tracing/otlp.ts';
import { type Receiver, spanReceiver } from '../tracing/receiver.ts';
import { describeWith } from './require-peer.ts';
import { type RunningSystem, startSystem } from './running-system.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describeWith(['postgres', 'psql', 'curl', 'protoc'], 'traces of the built gateway', () => {
  let folder: string;
  let receiver: Receiver;
  let service: EchoUpstream;
  let system: RunningSystem;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hoopx-tracing-'));
    receiver = await spanReceiver();
    service = await startEcho();
    await writeFile(path.join(folder, 'ca.pem'), receiver.ca);
    await writeFile(path.join(folder, 'token'), 'collector-key\n', { mode: 0o600 });
    const at = `http://127.0.0.1:${service.port}`;
    system = await startSystem({
      tracing: `{ endpoint: "${receiver.endpoint}", ca: "file:${folder}/ca.pem", headers: { x-key: "file:${folder}/token" } }`,
      connections: [`api: { type: http, url: "${at}", access: { groups: [engineering] } }`],
      rules: ['{ name: all reads, http: { method: [GET] }, then: allow }'],
    });
    await system.postgres.query('create table if not exists accounts (name text)');
    // What the environment says of traces and proxies is meant for other programs.
    await system.gateway.stop();
    await system.gateway.start({
      OTEL_SDK_DISABLED: 'true',
      ...{ OTEL_TRACES_SAMPLER: 'always_off', OTEL_RESOURCE_ATTRIBUTES: 'evil=1' },
      ...{ OTEL_EXPORTER_OTLP_HEADERS: 'x-evil=1', OTEL_SERVICE_NAME: 'evil' },
      ...{ NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://127.0.0.1:9' },
    });
    ({ port } = await system.connect('engineer'));
  }, 120_000);
  afterAll(async () => {
    await system?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const psql = (sql: string) =>
    system.spawn('psql', ['-X', '-c', sql, `postgres://localhost:${port}/app`]);

  async function operation(attributes: Readonly<Record<string, unknown>>): Promise<SentSpan> {
    const wanted = Object.entries(attributes);
    const found = () =>
      receiver
        .spans()
        .find(
          (span) =>
            span.name === 'hoopx operation' &&
            wanted.every(([key, value]) => span.attributes[key] === value),
        );
    await expect.poll(found, { timeout: 15_000 }).toBeDefined();
    const span = found();
    if (span === undefined) throw new Error('no such operation');
    return span;
  }

  test('an error of PostgreSQL is told by its SQLSTATE, and nothing else of it', async () => {
    expect((await psql("select 'planted_secret'::int").ended).code).toBe(1);
    const { status, attributes } = await operation({ 'db.response.status_code': '22P02' });
    expect(status).toEqual({ code: 2, message: '22P02' });
    expect(attributes).toMatchObject({
      ...{ 'db.system.name': 'postgresql', 'db.operation.name': 'SELECT' },
      ...{ 'hoopx.outcome': 'failed', 'error.type': '22P02', 'hoopx.verdict': 'allow' },
    });
  });

  test('a statement that people approved has waited for them', async () => {
    const { ended } = psql("insert into accounts values ('planted_secret')");
    const { id } = await system.held();
    await system.approve(id);
    expect((await ended).stdout).toContain('INSERT 0 1');
    const root = await operation({ 'hoopx.request': id });
    expect(root.attributes).toMatchObject({ 'hoopx.outcome': 'succeeded' });
    const names = receiver.spans().filter((span) => span.traceId === root.traceId);
    expect(names.map(({ name }) => name).sort()).toEqual([
      ...['hoopx decision', 'hoopx operation', 'hoopx run', 'hoopx wait'],
    ]);
  });

  test('the trace that a client names is linked to, and decides nothing', async () => {
    const api = await system.connect('engineer', { connection: 'api' });
    const ask = (method: string, ...headers: string[]) =>
      system.spawn('curl', [
        ...['-sS', '-X', method, ...headers.flatMap((header) => ['-H', header])],
        `http://127.0.0.1:${api.port}/planted_path?planted=planted_value`,
      ]).ended;
    // Not sampled, it says.
    const traceparent = `00-${traceId}-${spanId}-00`;
    await ask('GET', `traceparent: ${traceparent}`, 'tracestate: planted=state', 'x-own: planted');
    const { links, ...root } = await operation({ 'http.request.method': 'GET' });
    expect(root.traceId).not.toBe(traceId);
    expect(root.parentSpanId).toBe('');
    expect(root.attributes).toMatchObject({ 'http.response.status_code': 200 });
    expect(links).toHaveLength(2);
    expect(links[1]).toMatchObject({ traceId, spanId, attributes: {} });
    expect(links[1]?.traceState ?? '').toBe('');
    expect(service.seen[0]?.headers).toMatchObject({ traceparent, tracestate: 'planted=state' });
    expect(service.seen[0]?.headers['x-own']).toBe('planted');

    const before = receiver.spans().length;
    for (const bad of [
      `00-${'0'.repeat(32)}-${spanId}-01`,
      `ff-${traceId}-${spanId}-01`,
      `00-${traceId}-${spanId}`,
      'planted',
    ]) {
      await ask('GET', `traceparent: ${bad}`);
    }
    const later = () => receiver.spans().slice(before);
    const named = (name: string) => later().filter((span) => span.name === name);
    await expect.poll(() => named('hoopx operation').length, { timeout: 15_000 }).toBe(4);
    for (const each of named('hoopx operation')) expect(each.links).toHaveLength(1);
  });

  test('is what protoc reads, to the last field, and holds no word of it all', async () => {
    const schema = path.join(folder, 'otlp.proto');
    await writeFile(schema, otlpSchema);
    expect(receiver.bodies.length).toBeGreaterThan(0);
    for (const input of receiver.bodies) {
      const args = ['--decode=otlp.Request', '-I', folder, schema];
      const read = execFileSync('protoc', args, { input, encoding: 'utf8' });
      expect(read).toContain('key: "hoopx.session"');
      // Fields that the schema does not know come as numbers.
      expect(read.split('\n').filter((line) => /^\s*\d+[:{ ]/.test(line))).toEqual([]);
      expect(read).not.toMatch(/planted|evil|engineer|example\.com/i);
    }
    const all = Buffer.concat(receiver.bodies).toString('latin1');
    expect(all).not.toMatch(/planted|evil|engineer|example\.com/i);
    expect(new Set(receiver.headers.map((each) => each['x-key']))).toEqual(
      new Set(['collector-key']),
    );
    expect(receiver.headers.some((each) => 'x-evil' in each)).toBe(false);
  });

  test('a collector that answers nothing keeps the gateway from ending for a moment only', async () => {
    receiver.answerFromNow('answer nothing');
    expect((await psql('select 1').ended).code).toBe(0);
    const before = performance.now();
    await system.gateway.stop();
    expect(performance.now() - before).toBeLessThan(6_000);
    expect((await system.gateway.ended())?.code).toBe(0);
  });
});
