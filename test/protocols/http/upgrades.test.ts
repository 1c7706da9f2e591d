import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startEcho } from './echo-upstream.ts';
import { startGated } from './gated.ts';
import { startLenient } from './lenient-upstream.ts';
import { exchangeRaw, openRaw, statusOf } from './raw-client.ts';

const spdy = (method: string, path = '/stream') =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n\r\n`;
const agreed =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n';

test('pitfall 33: an upgrade that no rule names is denied, also where reads pass', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const socket = new WebSocket(`${gated.url}/open`);
  const status = await new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
  });
  expect(status).toBe(403);
  expect(upstream.seen).toEqual([]);
});

test('a WebSocket passes both ways, and a client that leaves ends it', async () => {
  await using upstream = await startEcho();
  const server = new WebSocketServer({ server: upstream.server });
  const left = new Promise((resolve) => {
    server.on('connection', (socket) => {
      socket.on('message', (message) => socket.send(`echo ${message}`));
      socket.on('close', resolve);
    });
  });
  await using gated = await startGated(upstream);
  const socket = new WebSocket(`${gated.url}/stream`);
  const answered = new Promise((resolve) => socket.once('message', (data) => resolve(`${data}`)));
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send('hello');
  expect(await answered).toBe('echo hello');
  socket.terminate();
  await left;
  await expect.poll(() => gated.open.size).toBe(0);
});

test('pitfall 24: an upgrade by POST to another protocol than WebSocket passes too', async () => {
  await using upstream = await startLenient((socket: Socket, received) => {
    if (received.endsWith('\r\n\r\n')) socket.write(`${agreed}first`);
    else socket.end(`got ${received.split('\r\n\r\n')[1]}`);
  });
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
    if (text.endsWith('first')) socket.write('ping');
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(spdy('POST'));
  await closed;
  expect(text).toMatch(/^HTTP\/1\.1 101 [\s\S]*Upgrade: SPDY\/3\.1\r\n\r\nfirstgot ping$/);
  expect(upstream.received()).toMatch(/^POST \/stream HTTP\/1\.1\r\n/);
});

test('pitfall 26: an answer that is no 101 is passed on, and the connection is not joined', async () => {
  const forbidden = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\nX-Why: rbac\r\n\r\nno pod';
  await using upstream = await startLenient(forbidden);
  await using gated = await startGated(upstream);
  const answer = await exchangeRaw(gated.port, `${spdy('POST')}GET /secret HTTP/1.1\r\n\r\n`);
  expect(answer).toMatch(
    /^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*X-Why: rbac\r\n[\s\S]*\r\n\r\nno pod$/,
  );
  expect(upstream.received()).not.toContain('/secret');
  expect(upstream.connections()).toBe(1);
});

test.each([
  ['to another protocol', 'HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n'],
  ['to none', 'HTTP/1.1 101 OK\r\n\r\n'],
  ['without Connection', 'HTTP/1.1 101 OK\r\nUpgrade: SPDY/3.1\r\n\r\n'],
])('pitfall 26: a 101 %s is not believed', async (_what, lie) => {
  await using upstream = await startLenient(lie);
  await using gated = await startGated(upstream);
  const answer = await exchangeRaw(gated.port, `${spdy('GET')}GET /secret HTTP/1.1\r\n\r\n`);
  expect(statusOf(answer)).toBe(502);
  expect(upstream.received()).not.toContain('/secret');
});

test('pitfall 26: a WebSocket is only joined for the right answer to its key', async () => {
  const lie =
    'HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n';
  await using upstream = await startLenient(lie);
  await using gated = await startGated(upstream);
  const raw =
    'GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
  expect(statusOf(await exchangeRaw(gated.port, raw))).toBe(502);
});

test('a 101 that nobody asked for is not passed on', async () => {
  await using upstream = await startLenient(agreed);
  await using gated = await startGated(upstream);
  const raw = 'GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  expect(statusOf(await exchangeRaw(gated.port, raw))).toBe(502);
});

test('a held upgrade runs once it is approved, and says what nobody reviews', async () => {
  await using upstream = await startLenient((socket) => socket.end(`${agreed}bye`));
  await using gated = await startGated(upstream);
  const answer = exchangeRaw(gated.port, spdy('POST', '/held'));
  const request = await gated.held();
  expect(request.presentation.inputNotReviewed).toBe('everything that is sent over SPDY/3.1');
  expect(upstream.connections()).toBe(0);
  await gated.approve(request);
  expect(await answer).toMatch(/bye$/);
  await gated.reached('succeeded');
});

test('a client that leaves a held upgrade cancels it', async () => {
  await using upstream = await startLenient(agreed);
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  socket.write(spdy('POST', '/held'));
  await gated.held();
  socket.end();
  await gated.reached('cancelled');
  expect(upstream.connections()).toBe(0);
});

test('what is sent ahead of the 101 reaches nobody before it', async () => {
  await using upstream = await startLenient((socket, received) => {
    if (!received.includes('early')) setTimeout(() => socket.write(agreed), 100);
    else socket.end(received.split('\r\n\r\n')[1] ?? '');
  });
  await using gated = await startGated(upstream);
  const answer = exchangeRaw(gated.port, `${spdy('POST')}early`);
  expect(await answer).toMatch(/\r\n\r\nearly$/);
});

test('an HTTP/2 upgrade is left out, and the request answered as it is', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const raw =
    'GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n';
  expect(await exchangeRaw(gated.port, raw)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*GET \/open/);
  expect(upstream.seen[0]?.headers).not.toHaveProperty('upgrade');
  expect(upstream.seen[0]?.headers).not.toHaveProperty('http2-settings');
});
