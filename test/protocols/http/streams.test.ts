import { connect as connectHttp2 } from 'node:http2';
import { expect, test } from 'vitest';
import { startEcho } from './echo-upstream.ts';
import { startGated } from './gated.ts';
import { okAnswer, startLenient } from './lenient-upstream.ts';
import { exchangeRaw, openRaw, statusOf } from './raw-client.ts';

test('pitfall 29: what a service writes bit by bit arrives bit by bit', async () => {
  await using upstream = await startEcho((_request, response) => {
    response.write('first\n');
    setTimeout(() => response.end('second\n'), 500);
  });
  await using gated = await startGated(upstream);
  const answer = await fetch(`${gated.url}/open`);
  const times: number[] = [];
  for await (const _chunk of answer.body ?? []) times.push(Date.now());
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(300);
});

test('pitfall 29: the head of an answer arrives before there is anything of its body', async () => {
  let goOn = () => {};
  await using upstream = await startEcho((_request, response) => {
    response.flushHeaders();
    goOn = () => void response.end('late');
  });
  await using gated = await startGated(upstream);
  const answer = await fetch(`${gated.url}/open`);
  expect(answer.status).toBe(200);
  goOn();
  expect(await answer.text()).toBe('late');
});

test('an answer that breaks off does not look complete', async () => {
  const broken = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart';
  await using upstream = await startLenient((socket) => void socket.end(broken));
  await using gated = await startGated(upstream);
  const answer = await fetch(`${gated.url}/open`);
  await expect(answer.text()).rejects.toThrow();
});

test('an approved request whose answer breaks off has an unknown outcome', async () => {
  const broken = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart';
  await using upstream = await startLenient((socket) => void socket.end(broken));
  await using gated = await startGated(upstream);
  const asked = fetch(`${gated.url}/held`, { method: 'POST', body: 'x' });
  await gated.approve();
  await expect((await asked).text()).rejects.toThrow();
  await gated.reached('unknown');
  expect(upstream.connections()).toBe(1);
});

test('an approved request that nobody took has not run', async () => {
  const closed = await startLenient(okAnswer);
  await closed[Symbol.asyncDispose]();
  await using gated = await startGated(closed);
  const asked = fetch(`${gated.url}/held`, { method: 'POST', body: 'x' });
  await gated.approve();
  const answer = await asked;
  expect(answer.status).toBe(502);
  expect(await answer.json()).toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  await gated.reached('failed');
});

test('what was approved is never sent over a connection that was idle', async () => {
  await using upstream = await startLenient(okAnswer);
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  const get = 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const answered = new Promise((resolve) => socket.once('data', resolve));
  socket.write(get);
  await answered;
  socket.write('POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx');
  await gated.approve();
  await gated.reached('succeeded');
  expect(upstream.connections()).toBe(2);
  socket.destroy();
});

test('connections to the service are kept for the next request of the session', async () => {
  await using upstream = await startLenient(okAnswer);
  await using gated = await startGated(upstream);
  const get = 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const last = 'GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  expect((await exchangeRaw(gated.port, `${get}${get}${last}`)).match(/200 OK/g)).toHaveLength(3);
  expect(upstream.connections()).toBe(1);
});

test('pipelined requests are sent and answered in order, one after the other', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const post = 'POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx';
  const get = 'GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const answers = exchangeRaw(gated.port, `${post}${get}`);
  const request = await gated.held();
  expect(upstream.seen).toEqual([]);
  await gated.approve(request);
  expect(await answers).toMatch(/POST \/held[\s\S]*GET \/open/);
  expect(upstream.seen.map(({ url }) => url)).toEqual(['/held', '/open']);
});

test('pitfall 23: requests sent ahead of a held one are bounded', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const post = 'POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx';
  const ahead = 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5000);
  expect(await exchangeRaw(gated.port, `${post}${ahead}`)).toBe('');
  await gated.reached('cancelled');
  expect(upstream.seen).toEqual([]);
});

test('a held request does not slow other streams down', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const asked = fetch(`${gated.url}/held`, { method: 'POST', body: 'x' });
  await gated.held();
  const others = await Promise.all(
    Array.from({ length: 20 }, () => fetch(`${gated.url}/open`).then((answer) => answer.text())),
  );
  expect(new Set(others)).toEqual(new Set(['GET /open']));
  await gated.approve();
  expect((await asked).status).toBe(200);
});

test('100 is sent only once the verdict is there', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const head = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
  const denied = await exchangeRaw(gated.port, head('/secret', 5), /\r\n\r\n/);
  expect(statusOf(denied)).toBe(403);
  expect(denied).not.toContain('100 Continue');

  const socket = await openRaw(gated.port);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
    if (text.endsWith('100 Continue\r\n\r\n')) socket.write('x'.repeat(2_000_000));
  });
  socket.write(head('/held', 2_000_000));
  const request = await gated.held();
  expect(request.presentation.inputNotReviewed).toBe('the request body');
  expect(text).toBe('');
  await gated.approve(request);
  await gated.reached('succeeded');
  await expect.poll(() => text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  expect(upstream.seen[0]?.body).toHaveLength(2_000_000);
  socket.destroy();
});

test('a service that refuses a body is heard before the body is sent', async () => {
  await using upstream = await startLenient(
    'HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n',
  );
  await using gated = await startGated(upstream);
  const raw =
    'PUT /stream HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';
  const answer = await exchangeRaw(gated.port, raw, /\r\n\r\n/);
  expect(statusOf(answer)).toBe(413);
  expect(upstream.received()).toContain('Expect: 100-continue');
});

test('early hints and trailers pass both ways', async () => {
  await using upstream = await startEcho((_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    response.writeHead(200, { Trailer: 'X-Sum' });
    response.write('body');
    response.addTrailers({ 'X-Sum': '42', 'X-Hoopx-Refusal': 'no' });
    response.end();
  });
  await using gated = await startGated(upstream);
  const raw =
    'POST /stream HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nConnection: close, TE\r\n\r\n1\r\nx\r\n0\r\nX-Check: 7\r\nX-Remote-User: root\r\n\r\n';
  const answer = await exchangeRaw(gated.port, raw);
  expect(answer).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>; rel=preload/);
  expect(answer).toMatch(/0\r\nX-Sum: 42\r\n\r\n$/);
  expect(upstream.seen[0]?.trailers).toEqual({ 'x-check': '7' });
});

test('a client that speaks HTTP/2 is served, and its streams do not wait for each other', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const client = connectHttp2(gated.url);
  const ask = (headers: Record<string, string>, body?: string) =>
    new Promise<{ status: unknown; text: string }>((resolve, reject) => {
      const stream = client.request(headers, { endStream: body === undefined });
      let status: unknown;
      let text = '';
      stream.on('response', (answer) => {
        status = answer[':status'];
      });
      stream.on('data', (chunk) => {
        text += chunk;
      });
      stream.on('end', () => resolve({ status, text })).on('error', reject);
      if (body !== undefined) stream.end(body);
    });
  const held = ask({ ':method': 'POST', ':path': '/held' }, '{"a":1}');
  await gated.held();
  expect(await ask({ ':path': '/open?x=1' })).toEqual({ status: 200, text: 'GET /open?x=1' });
  expect((await ask({ ':path': '/secret' })).status).toBe(403);
  expect((await ask({ ':path': '/open/%2e%2e/secret' })).status).toBe(400);
  expect((await ask({ ':path': '/open', ':method': 'HEAD' })).status).toBe(200);
  await gated.approve();
  expect(await held).toEqual({ status: 200, text: 'POST /held' });
  expect(upstream.seen.find(({ url }) => url === '/held')?.body).toBe('{"a":1}');
  client.close();
});

test('a session that is ended refuses what it holds, and says why', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const asked = fetch(`${gated.url}/held`, { method: 'POST', body: 'x' });
  await gated.held();
  const { RefusedError } = await import('../../../src/core/refusal.ts');
  gated.ending.abort(new RefusedError({ code: 'LOGIN_EXPIRED', message: 'the login expired' }));
  const answer = await asked;
  expect(await answer.json()).toMatchObject({ code: 'LOGIN_EXPIRED', hint: 'Run: hoopx login' });
  await expect.poll(() => gated.open.size).toBe(0);
});

test('a draining gateway lets what it has finish, and then closes', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx');
  const request = await gated.held();
  gated.draining.abort();
  await gated.approve(request);
  await closed;
  expect(text).toContain('POST /held');
});

test('connections on which nothing gets asked are closed', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, { limits: { idleMs: 200 } });
  for (const bytes of ['', 'GET /open HTTP/1.1\r\nHost: loc', 'PRI * HT']) {
    expect(await exchangeRaw(gated.port, bytes)).toBe('');
  }
});

test('a request that takes longer than a connection may be idle is answered', async () => {
  await using upstream = await startEcho((_request, response) => {
    setTimeout(() => response.end('at last'), 600);
  });
  await using gated = await startGated(upstream, { limits: { idleMs: 100 } });
  const get = 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n';
  // Two, one after the other; then nothing is asked, and the connection ends.
  expect((await exchangeRaw(gated.port, `${get}${get}`)).match(/at last/g)).toHaveLength(2);
});

test('a thousand requests at once are answered', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const answers = await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => {
      const answer = await fetch(`${gated.url}/open/${index}`);
      return (await answer.text()) === `GET /open/${index}`;
    }),
  );
  expect(answers.every(Boolean)).toBe(true);
  await expect.poll(() => gated.faults).toEqual([]);
});
