import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HttpBench, startHttpBench } from './http-bench.ts';

let bench: HttpBench;
let folder: string;

function service(request: IncomingMessage, response: ServerResponse, body: string): void {
  switch (request.url) {
    case '/missing':
      response.writeHead(404, { 'X-Hoopx-Refusal': 'DENIED_BY_RULE' }).end('no such thing\n');
      return;
    case '/bytes':
      response.end(Buffer.from([0xff, 0x00]));
      return;
    case '/long':
      response.end('x'.repeat(3000));
      return;
    case '/cut':
      response.writeHead(200, { 'Content-Length': 100 }).write('half');
      setTimeout(() => response.destroy(), 50);
      return;
    case '/vanish':
    case '/v1/vanish':
    case '/open':
      response.destroy();
      return;
    default:
      response.setHeader('Content-Type', 'text/plain');
      response.end(`${request.method} ${request.url} ${body}\n`);
  }
}

beforeAll(async () => {
  bench = await startHttpBench(service);
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-exec-http-'));
}, 60_000);
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it('is denied by policy: 77, with the reason told once, and nothing of it on stdout', async () => {
  const { code, result } = await bench.ask(['POST', '/secret']);
  expect(code).toBe(77);
  expect(result).toMatchObject({
    ...{ status: 'denied', final: true, source: 'hoopx', result: null, child: null },
    policy: { rules: ['no secrets'] },
  });
  const told = await bench.exec(['POST', '/secret']);
  expect(told).toMatchObject({ code: 77, stdout: '' });
  expect(told.talk.match(/not for scripts/g)).toHaveLength(1);
  expect(bench.upstream.seen).toEqual([]);
});

it.each([
  [['GET', '/a//b'], 'empty segment'],
  [['GET', '/%2e%2e/x'], 'dot segment'],
  [['DELETE', '/x'], 'DELETE is not taken here'],
  [['GET', '/a%2fb'], 'encoded slash'],
])('pitfall 32: %j is refused by the gateway before any rule: 77', async (words, why) => {
  const { code, result } = await bench.ask(words);
  expect({ code, status: result.status }).toEqual({ code: 77, status: 'denied' });
  expect((await bench.exec(words)).talk).toContain(why);
  expect(bench.upstream.seen).toEqual([]);
});

it.each([
  [[], {}],
  [['GET'], {}],
  [['GET', 'x'], {}],
  [['GET', 'https://elsewhere/x'], {}],
  [['GET', '/a b'], {}],
  [['GET', '/x', 'more'], {}],
  [['GET', '/x', '--proxy', 'y'], {}],
  [['POST', '/x', '--data', 'a', '--data-file', 'b'], {}],
  [['POST', '/x', '-H', 'no colon'], {}],
  [['POST', '/x', '-H', 'A: b\r\nC: d'], {}],
  [['POST', '/x', '-H', 'Content-Length: 5'], {}],
  [['POST', '/x', '-H', 'Transfer-Encoding: chunked'], {}],
  [['POST', '/x', '-H', 'Prefer: respond-async'], {}],
  [['POST', '/x', '--data', '@/nowhere/at/all'], {}],
  [['GET', '/x'], { csv: true }],
  [['GET', '/x'], { stdin: true }],
])('%j with %j is a usage error: 64', async (words, flags) => {
  await expect(bench.exec(words, flags)).rejects.toMatchObject({ exitCode: 64 });
});

it('a body beyond 1 MiB is a usage error, from a file and from standard input', async () => {
  const file = path.join(folder, 'large');
  await writeFile(file, Buffer.alloc(1024 * 1024 + 1));
  const large = Readable.from([Buffer.alloc(1024 * 1024), Buffer.alloc(1)]);
  const sent = bench.exec(['POST', '/v1/x', '--data-file', file]);
  await expect(sent).rejects.toMatchObject({ exitCode: 64 });
  const piped = bench.exec(['POST', '/v1/x', '--data', '@-'], {}, large);
  await expect(piped).rejects.toMatchObject({ exitCode: 64 });
});

it('prints the body and exits 0; --json has status, headers and body', async () => {
  expect(await bench.exec(['get', '/x?a=1'])).toEqual({
    ...{ code: 0, stdout: 'GET /x?a=1 \n', talk: '' },
  });
  const { code, result } = await bench.ask(['GET', '/x']);
  expect(code).toBe(0);
  expect(result).toMatchObject({
    ...{ requestId: null, status: 'succeeded', source: 'child', child: { exitCode: 0 } },
    result: { status: 200, body: 'GET /x \n', truncated: false },
  });
  expect(result.result?.headers['content-type']).toEqual(['text/plain']);
});

it("an error of the service's own is 1, and the service cannot pass for the gateway", async () => {
  const told = await bench.exec(['GET', '/missing']);
  expect(told).toEqual({ code: 1, stdout: 'no such thing\n', talk: 'HTTP 404 Not Found' });
  const { result } = await bench.ask(['GET', '/missing']);
  expect(result).toMatchObject({
    ...{ status: 'failed', source: 'child' },
    child: { exitCode: 1, message: 'HTTP 404 Not Found' },
    result: { status: 404, body: 'no such thing\n' },
  });
});

it('keeps bytes that are no text as Base64, and says what was cut', async () => {
  expect((await bench.ask(['GET', '/bytes'])).result.result).toMatchObject({
    ...{ body: null, bodyBase64: '/wA=', truncated: false },
  });
  const { result } = (await bench.ask(['GET', '/long'])).result;
  expect(result).toMatchObject({ body: 'x'.repeat(1000), truncated: true });
});

it.each(['/cut', '/vanish'])(
  'of an answer that breaks off the outcome is unknown: 84: %s',
  async (at) => {
    const { code, result } = await bench.ask(['GET', at]);
    expect({ code, status: result.status }).toEqual({ code: 84, status: 'unknown' });
  },
);

it('a POST that broke off is unknown, also when nobody had to approve it', async () => {
  const { code, result } = await bench.ask(['POST', '/open', '-d', 'x']);
  expect({ code, status: result.status }).toEqual({ code: 84, status: 'unknown' });
});

it('asks, is approved, and runs the second time; once', async () => {
  const file = path.join(folder, 'user.json');
  await writeFile(file, '{"a": 1}\n');
  const words = ['POST', '/v1/users', '--data', `@${file}`];
  const asked = await bench.ask(words, { 'no-wait': true, reason: 'ticket 7' });
  expect(asked.code).toBe(75);
  expect(asked.result).toMatchObject({ status: 'pending', final: false, result: null });
  const request = await bench.held();
  expect(request).toMatchObject({ summary: 'POST /v1/users', mode: 'claimable' });
  expect(request.presentation.inputNotReviewed).toBeNull();
  await bench.decide(request, 'approve');
  const ran = await bench.ask(words);
  expect(ran.code).toBe(0);
  expect(ran.result).toMatchObject({
    ...{ requestId: request.id, status: 'succeeded' },
    result: { status: 200, body: 'POST /v1/users {"a": 1}\n\n' },
  });
  expect(bench.upstream.seen.at(-1)?.headers['content-type']).toBe('application/json');
  expect((await bench.ask(words, { 'no-wait': true })).code).toBe(75);
  expect(bench.upstream.seen.filter(({ url }) => url === '/v1/users')).toHaveLength(1);
  await bench.decide(await bench.held(), 'deny');
});

it('another body is another request', async () => {
  await bench.ask(['POST', '/v1/x', '--data', 'a=1'], { 'no-wait': true });
  const first = await bench.held();
  await bench.decide(first, 'approve');
  const other = await bench.ask(['POST', '/v1/x', '--data', 'a=2'], { 'no-wait': true });
  expect(other.code).toBe(75);
  expect(other.result.requestId).not.toBe(first.id);
  await bench.decide(await bench.held(), 'deny', 'not that one');
  const piped = await bench.exec(
    ['POST', '/v1/x', '--data', '@-'],
    {},
    Readable.from([Buffer.from('a=1')]),
  );
  expect(piped).toMatchObject({ code: 0, stdout: 'POST /v1/x a=1\n' });
});

it('is denied by a reviewer while it waits: 80, with their words', async () => {
  const asked = bench.ask(['POST', '/v1/denied'], { wait: 20_000 });
  await bench.decide(await bench.held(), 'deny', 'not today');
  const { code, result } = await asked;
  expect(code).toBe(80);
  expect(result).toMatchObject({
    status: 'denied',
    decision: { kind: 'deny', reason: 'not today' },
  });
  expect(bench.upstream.seen.some(({ url }) => url === '/v1/denied')).toBe(false);
});

it('--timeout cancels what is held: 124, and nothing runs', async () => {
  const asked = bench.ask(['POST', '/v1/late'], { wait: 20_000, timeout: 800 });
  const { id } = await bench.held();
  const { code, result } = await asked;
  expect({ code, status: result.status }).toEqual({ code: 124, status: 'cancelled' });
  expect((await bench.gateway.client('reviewer').request(id)).state).toBe('cancelled');
});

it('with the same key the stored outcome comes back, without its body', async () => {
  const key = { 'idempotency-key': 'once' };
  const first = bench.ask(['POST', '/v1/keyed'], { ...key, wait: 20_000 });
  await bench.decide(await bench.held(), 'approve');
  expect((await first).code).toBe(0);
  const again = await bench.ask(['POST', '/v1/keyed'], key);
  expect(again.code).toBe(0);
  expect(again.result).toMatchObject({ result: { status: 200, body: '', truncated: true } });
  expect(bench.upstream.seen.filter(({ url }) => url === '/v1/keyed')).toHaveLength(1);
  const other = await bench.ask(['POST', '/v1/another'], key);
  expect(other.code).toBe(64);
});

it('what was approved and broke off is unknown, in the record too: 84', async () => {
  const asked = bench.ask(['POST', '/v1/vanish'], { wait: 20_000 });
  const request = await bench.held();
  await bench.decide(request, 'approve');
  expect((await asked).code).toBe(84);
  expect((await bench.gateway.client('reviewer').request(request.id)).state).toBe('unknown');
});

it('a service that cannot be had is 69: nothing ran', async () => {
  await bench.upstream[Symbol.asyncDispose]();
  const { code, result } = await bench.ask(['GET', '/x']);
  expect({ code, status: result.status }).toEqual({ code: 69, status: 'failed' });
});
