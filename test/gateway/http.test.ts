import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import { type EchoUpstream, startEcho } from '../protocols/http/echo-upstream.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

const run = promisify(execFile);

let upstream: EchoUpstream;
let gateway: StartedGateway;
let folder: string;

beforeAll(async () => {
  upstream = await startEcho();
  gateway = await startedGateway({
    adapters: await loadAdapters(),
    rules: [
      { name: 'reads pass', http: { method: ['GET'] }, then: 'allow' },
      { name: 'writes wait', http: { method: ['POST'] }, then: 'review', chain: 'dba' },
    ],
  });
  gateway.configure((config) => {
    const before = config.connections['pg-test'];
    if (before === undefined) throw new Error('no connection');
    const { labels, access, revision } = before;
    const connection = {
      ...({ type: 'http', scheme: 'http', host: upstream.host, port: upstream.port } as const),
      ...{ labels, access, revision },
      tls: { ca: null, cert: null, key: null, serverName: null },
      credential: { kind: 'bearer', token: new Secret('upstream-token') } as const,
      methods: ['GET', 'POST'],
      healthPath: null,
      graphql: false,
      hosts: [],
      rewriteRedirects: false,
    };
    return { ...config, connections: { 'admin-api': connection } };
  });
  await gateway.reload();
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-cli-'));
  await writeFile(path.join(folder, 'ca.pem'), gateway.certificates.ca);
}, 60_000);

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function hoopx(...args: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    HOOPX_GATEWAY: gateway.url,
    HOOPX_CA: path.join(folder, 'ca.pem'),
    HOOPX_TOKEN: await gateway.token('engineer'),
  };
  const ran = await run(process.execPath, ['bin/run.js', ...args], { env, timeout: 30_000 });
  return ran.stdout;
}

it('a denied request never reaches the service through connect', async () => {
  const script = 'curl -sS -X DELETE "$HOOPX_URL/v1/x"; curl -sS -X POST "$HOOPX_URL//v1/x"';
  const told = await hoopx('connect', 'admin-api', '--', 'sh', '-c', script);
  expect(told).toContain('METHOD_NOT_ALLOWED');
  expect(told).toContain('AMBIGUOUS_TARGET');
  expect(upstream.seen).toEqual([]);
});

it('curl reads through connect, and a POST waits until it is approved', async () => {
  const script = 'curl -sS "$HOOPX_URL/v1/x"; curl -sS "$HOOPX_URL/v1/y" -d a=1';
  const told = hoopx('connect', 'admin-api', '--', 'sh', '-c', script);
  let id = '';
  const reviewer = gateway.client('reviewer');
  await expect
    .poll(
      async () => {
        const { items } = await reviewer.listRequests({ state: ['pending'] });
        id = items[0]?.id ?? '';
        return id;
      },
      { timeout: 20_000 },
    )
    .not.toBe('');
  expect(upstream.seen.map(({ method }) => method)).toEqual(['GET']);
  const { digest, summary } = await reviewer.request(id);
  expect(summary).toBe('POST /v1/y');
  await reviewer.decide(id, { kind: 'approve', digest });
  expect(await told).toBe('GET /v1/xPOST /v1/y');
  expect(upstream.seen.at(-1)).toMatchObject({
    body: 'a=1',
    headers: { authorization: 'Bearer upstream-token' },
  });
});
