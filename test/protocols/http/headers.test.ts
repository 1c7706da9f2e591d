import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Secret } from '../../../src/core/secret.ts';
import { startEcho } from './echo-upstream.ts';
import { startGated } from './gated.ts';
import { startLenient } from './lenient-upstream.ts';
import { exchangeRaw, statusOf } from './raw-client.ts';

const claimed = {
  'X-Forwarded-For': '10.0.0.1',
  'X-Forwarded-Host': 'evil.test',
  'X-Forwarded-User': 'root',
  X_Forwarded_User: 'root',
  Forwarded: 'for=10.0.0.1',
  'X-Real-IP': '10.0.0.1',
  'Impersonate-User': 'system:admin',
  'Impersonate-Group': 'system:masters',
  'Impersonate-Extra-scopes': 'all',
  'X-Remote-User': 'root',
  X_Remote_User: 'root',
  'X-Remote-Group': 'root',
  'X-Hoopx-User': 'root',
  'X-Auth-Request-User': 'root',
  'X-WEBAUTH-USER': 'root',
  'Remote-User': 'root',
  'X-HTTP-Method-Override': 'DELETE',
  'X-Original-URL': '/secret',
  'X-Rewrite-URL': '/secret',
  'Proxy-Authorization': 'Basic eA==',
  'Keep-Alive': 'timeout=5',
  'Proxy-Connection': 'keep-alive',
  Via: '1.1 other',
} as const;

const claimedLines = Object.entries(claimed)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

const stripped =
  /forwarded|real-ip|impersonate|remote|webauth|auth-request|override|original|rewrite|proxy-|keep-alive:|evil|root|10\.0\.0\.1/i;

test('pitfall 31: what only the gateway may say is stripped from requests', async () => {
  await using upstream = await startLenient('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  await using gated = await startGated(upstream);
  const raw = `GET /open HTTP/1.1\r\nHost: localhost\r\n${claimedLines}Accept: x/y\r\nConnection: close, X-Secret-Switch\r\nX-Secret-Switch: on\r\n\r\n`;
  expect(statusOf(await exchangeRaw(gated.port, raw))).toBe(200);
  const received = upstream.received();
  expect(received).not.toMatch(stripped);
  expect(received).not.toContain('X-Secret-Switch');
  expect(received).toContain('Accept: x/y\r\n');
  expect(received).toContain('X-Hoopx-User: engineer\r\n');
  expect(received).toContain('Via: 1.1 hoopx\r\n');
  expect(received.match(/^via:/gim)).toHaveLength(1);
  expect(received).toContain(`Host: 127.0.0.1:${upstream.port}\r\n`);
  expect(received.match(/^host:/gim)).toHaveLength(1);
});

test('pitfall 31: a subprotocol that is a token does not reach the service', async () => {
  await using upstream = await startEcho();
  const sockets = new WebSocketServer({ server: upstream.server });
  const offered: unknown[] = [];
  sockets.on('connection', (socket, { headers }) => {
    offered.push(headers['sec-websocket-protocol']);
    socket.close();
  });
  await using gated = await startGated(upstream);
  const token = 'base64url.bearer.authorization.k8s.io.c2VjcmV0';
  for (const protocols of [[token, 'v5.channel.k8s.io', 'v4.channel.k8s.io'], [token]]) {
    const socket = new WebSocket(`${gated.url}/stream`, protocols);
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
  }
  expect(offered).toEqual(['v5.channel.k8s.io, v4.channel.k8s.io', undefined]);
});

test('pitfall 31: they are stripped from upgrades too', async () => {
  await using upstream = await startEcho();
  const sockets = new WebSocketServer({ server: upstream.server });
  const headers: Record<string, unknown>[] = [];
  sockets.on('connection', (socket, request) => {
    headers.push(request.headers);
    socket.close();
  });
  await using gated = await startGated(upstream, {
    target: { credential: { kind: 'bearer', token: new Secret('upstream-token') } },
  });
  const socket = new WebSocket(`${gated.url}/stream`, {
    headers: { ...claimed, Authorization: 'Bearer mine' },
  });
  await new Promise((resolve) => socket.once('close', resolve));
  expect(JSON.stringify(headers)).not.toMatch(stripped);
  expect(headers[0]).toMatchObject({
    authorization: 'Bearer upstream-token',
    'x-hoopx-user': 'engineer',
  });
});

test.each([
  ['bearer', { kind: 'bearer', token: new Secret('t0ken') }, 'authorization', 'Bearer t0ken'],
  [
    'basic',
    { kind: 'basic', user: 'svc', password: new Secret('pä:ss') },
    'authorization',
    `Basic ${Buffer.from('svc:pä:ss').toString('base64')}`,
  ],
  [
    'header',
    { kind: 'header', name: 'X-Api-Key', value: new Secret('key-0f-svc') },
    'x-api-key',
    'key-0f-svc',
  ],
  ['cookie', { kind: 'cookie', name: 'sid', value: new Secret('c00kie') }, 'cookie', 'sid=c00kie'],
] as const)(
  'the %s credential replaces what the client sends',
  async (_kind, credential, name, value) => {
    await using upstream = await startEcho((_request, response) =>
      response.setHeader('Set-Cookie', 'sid=rotated').end('ok'),
    );
    await using gated = await startGated(upstream, { target: { credential } });
    const answer = await fetch(`${gated.url}/open`, {
      headers: { Authorization: 'Bearer mine', 'X-Api-Key': 'mine', Cookie: 'sid=mine' },
    });
    const headers = upstream.seen[0]?.headers ?? {};
    expect(headers[name]).toBe(value);
    expect(headers.authorization ?? '').not.toContain('mine');
    expect(JSON.stringify(gated.decisions)).not.toContain(value);
    if (credential.kind === 'cookie') expect(answer.headers.get('set-cookie')).toBeNull();
  },
);

test('repeated headers and their order survive both ways', async () => {
  await using upstream = await startEcho((_request, response) => {
    response.writeHead(200, 'Fine', [
      'X-A',
      '1',
      'X-A',
      '2',
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
    ]);
    response.end('ok');
  });
  await using gated = await startGated(upstream);
  const raw =
    'GET /open HTTP/1.1\r\nHost: localhost\r\nX-B: 1\r\nX-B: 2\r\nConnection: close\r\n\r\n';
  const answer = await exchangeRaw(gated.port, raw);
  expect(answer).toMatch(
    /^HTTP\/1\.1 200 Fine\r\nX-A: 1\r\nX-A: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/,
  );
  expect(upstream.seen[0]?.rawHeaders.join()).toContain('X-B,1,X-B,2');
});

test('a service cannot pass for the gateway', async () => {
  await using upstream = await startEcho((_request, response) =>
    response.setHeader('X-Hoopx-Refusal', 'DENIED_BY_RULE').end('ok'),
  );
  await using gated = await startGated(upstream);
  const answer = await fetch(`${gated.url}/open`);
  expect(answer.headers.get('x-hoopx-refusal')).toBeNull();
});

test('a page of another site can neither post nor open a WebSocket', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const post = await fetch(`${gated.url}/open`, {
    method: 'POST',
    headers: { Origin: 'https://evil.test' },
  });
  expect(post.status).toBe(403);
  const socket = new WebSocket(`${gated.url}/stream`, { origin: 'https://evil.test' });
  const status = await new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
  });
  expect(status).toBe(403);
  expect(upstream.seen).toEqual([]);
});

test('a page of the service itself is known to it by its own origin', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const answer = await fetch(`${gated.url}/open`, {
    method: 'POST',
    headers: { Origin: gated.url, Referer: `${gated.url}/page` },
  });
  expect(answer.status).toBe(200);
  const own = `http://127.0.0.1:${upstream.port}`;
  expect(upstream.seen[0]?.headers).toMatchObject({ origin: own, referer: `${own}/page` });
});

test('a name that somebody lets point to loopback is not this service', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const raw = 'GET /open HTTP/1.1\r\nHost: rebound.evil.test\r\nConnection: close\r\n\r\n';
  expect(statusOf(await exchangeRaw(gated.port, raw))).toBe(421);
  expect(upstream.seen).toEqual([]);
});

test('redirects go back as they are, and are not followed', async () => {
  await using upstream = await startEcho((request, response) => {
    const { host } = request.headers;
    response.writeHead(302, { Location: `http://${host}/secret` }).end();
  });
  await using gated = await startGated(upstream);
  const plain = await fetch(`${gated.url}/open`, { redirect: 'manual' });
  expect(plain.headers.get('location')).toBe(`http://127.0.0.1:${upstream.port}/secret`);
  await using rewriting = await startGated(upstream, { target: { rewriteRedirects: true } });
  const rewritten = await fetch(`${rewriting.url}/open`, { redirect: 'manual' });
  expect(rewritten.headers.get('location')).toBe('/secret');
  expect(upstream.seen.map(({ url }) => url)).toEqual(['/open', '/open']);
});

test('headers up to the limit pass, and larger ones are refused', async () => {
  await using upstream = await startEcho((request, response) => {
    response
      .setHeader('X-Back', 'y'.repeat(40_000))
      .end(String(request.headers['x-large']?.length));
  });
  await using gated = await startGated(upstream);
  const get = (length: number) =>
    exchangeRaw(
      gated.port,
      `GET /open HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(length)}\r\nConnection: close\r\n\r\n`,
    );
  const passed = await get(15_000);
  expect(statusOf(passed)).toBe(200);
  expect(passed).toContain('y'.repeat(40_000));
  expect(statusOf(await get(70_000))).toBe(431);
});
