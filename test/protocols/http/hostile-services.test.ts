import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { RefusedError } from '../../../src/core/refusal.ts';
import { type Gated, pause, startGated } from './gated.ts';
import { okAnswer, startLenient } from './lenient-upstream.ts';
import { exchangeRaw, openRaw, statusOf } from './raw-client.ts';

const get = 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n';
const lastGet = 'GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

interface Heard {
  readonly informed: readonly Record<string, unknown>[];
  readonly head: Record<string, unknown>;
  readonly body: string;
}

/** One request over HTTP/2. */
function askHttp2({ url }: Gated): Promise<Heard> {
  const client = connectHttp2(url);
  const stream = client.request({ ':path': '/open' });
  const informed: Record<string, unknown>[] = [];
  let head: Record<string, unknown> = {};
  let body = '';
  stream.on('headers', (headers) => void informed.push({ ...headers }));
  stream.on('response', (headers) => {
    head = { ...headers };
  });
  stream.setEncoding('utf8').on('data', (text) => {
    body += text;
  });
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    client.on('error', reject);
    stream.on('close', () => {
      client.close();
      resolve({ informed, head, body });
    });
  });
}

test('hints reach HTTP/2 clients with what is theirs to see', async () => {
  const hint =
    'HTTP/1.1 103 Early Hints\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n' +
    'Transfer-Encoding: chunked\r\nLink: </a.css>; rel=preload\r\n' +
    'X-Hoopx-Request: req_forged\r\nSet-Cookie: __Host-hoopx=forged\r\n\r\n';
  await using upstream = await startLenient(`${hint}${okAnswer}`);
  await using gated = await startGated(upstream);
  const { informed, head, body } = await askHttp2(gated);
  expect(informed.map((hints) => Object.fromEntries(Object.entries(hints)))).toEqual([
    { ':status': 103, link: '</a.css>; rel=preload' },
  ]);
  expect(head[':status']).toBe(200);
  expect(body).toBe('ok');
});

test('a service that only ever says that it will answer is cut off', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'.repeat(200);
  let said = 0;
  await using upstream = await startLenient((socket: Socket) => {
    const more = () => {
      if (socket.destroyed || said > 5000) return;
      said += 1;
      if (socket.write(hint)) setImmediate(more);
      else socket.once('drain', more);
    };
    more();
  });
  await using gated = await startGated(upstream);
  expect(await exchangeRaw(gated.port, lastGet)).toMatch(
    /HTTP\/1\.1 502 [\s\S]*UPSTREAM_UNTRUSTED/,
  );
  expect(said).toBeLessThan(1000);
});

test.each([
  ['both lengths', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok'],
  ['two lengths', 'Content-Length: 2\r\nContent-Length: 40\r\n\r\nok'],
  ['a length with a sign', 'Content-Length: +2\r\n\r\nok'],
  ['a length that is a list', 'Content-Length: 2, 2\r\n\r\nok'],
  ['a space before the colon', 'Content-Length : 2\r\n\r\nok'],
  ['a folded line', 'X-A: b\r\n Content-Length: 2\r\n\r\nok'],
  ['a bare CR', 'X-A: b\rContent-Length: 2\r\n\r\nok'],
  ['a NUL', 'X-A: b\0\r\nContent-Length: 2\r\n\r\nok'],
  ['a chunk size that is none', 'Transfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n'],
])('an answer with %s is taken for none', async (_what, rest) => {
  await using upstream = await startLenient(
    (socket) => void socket.end(`HTTP/1.1 200 OK\r\n${rest}`),
  );
  await using gated = await startGated(upstream);
  const answer = await exchangeRaw(gated.port, lastGet);
  if (statusOf(answer) === 200) expect(answer).not.toMatch(/Content-Length[\s\S]*Content-Length/i);
  if (statusOf(answer) === 200) expect(answer).not.toMatch(/0\r\n\r\n$/);
  else expect(statusOf(answer)).toBe(502);
});

test.each([204, 304])('%s has no body, whatever its head and the service say', async (status) => {
  const lie = `HTTP/1.1 ${status} Lie\r\nContent-Length: 60\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged`;
  await using upstream = await startLenient(lie);
  await using gated = await startGated(upstream);
  const answer = await exchangeRaw(gated.port, `${get}${lastGet}`);
  expect(answer).not.toContain('forged');
  if (status === 204) expect(answer).not.toMatch(/content-length/i);
});

test('what a service says beyond its answer is no answer to the next request', async () => {
  let asked = 0;
  await using upstream = await startLenient((socket: Socket) => {
    asked += 1;
    if (asked > 1) {
      socket.write(okAnswer);
      return;
    }
    socket.write(okAnswer);
    setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged'), 50);
  });
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write(get);
  await expect.poll(() => text).toMatch(/ok$/);
  await pause(200);
  socket.write(lastGet);
  await expect.poll(() => text).toMatch(/ok[\s\S]*\r\n\r\n\w+$/);
  expect(text).not.toContain('forged');
  socket.destroy();
});

test('headers with names that every object has reach HTTP/2 clients as they are', async () => {
  const odd =
    'HTTP/1.1 200 OK\r\nconstructor: a\r\ntoString: b\r\n__proto__: c\r\nContent-Length: 2\r\n\r\nok';
  await using upstream = await startLenient(odd);
  await using gated = await startGated(upstream);
  const { head, body } = await askHttp2(gated);
  expect(Object.entries(head)).toEqual(
    expect.arrayContaining([
      ['constructor', 'a'],
      ['tostring', 'b'],
    ]),
  );
  expect(body).toBe('ok');
});

test('a header that may come once, and comes twice, breaks no HTTP/2 answer', async () => {
  const twice =
    'HTTP/1.1 200 OK\r\nX-Content-Type-Options: nosniff\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 2\r\n\r\nok';
  await using upstream = await startLenient(twice);
  await using gated = await startGated(upstream);
  expect((await askHttp2(gated)).body).toBe('ok');
});

test('trailers that may come once, and come twice, break no HTTP/2 answer', async () => {
  const twice =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nEtag: a\r\nEtag: b\r\n\r\n';
  await using upstream = await startLenient(twice);
  await using gated = await startGated(upstream);
  expect((await askHttp2(gated)).body).toBe('ok');
});

/** Answers the first request of a connection, and closes it as the second arrives. */
const closingIdle = (how: (socket: Socket) => void, first = okAnswer) =>
  startLenient((socket, received) => {
    const heads = received.split('\r\n\r\n').length - 1;
    if (heads === 1) socket.write(first);
    else if (heads > 1) how(socket);
  });

/** A client with one connection, and so one session; gives the statuses of its requests. */
function oneClient({ port }: Gated) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return async (method = 'GET', body = ''): Promise<number> => {
    const asked = request({ port, host: '127.0.0.1', path: '/open', method, agent }).end(body);
    const [answer] = await once(asked, 'response');
    answer.resume();
    await once(answer, 'end');
    await pause();
    return answer.statusCode;
  };
}

const closings = [
  ['ends', (socket: Socket) => void socket.end()],
  ['resets', (socket: Socket) => void socket.resetAndDestroy()],
] as const;

test.each(closings)(
  'what is not safe to repeat is sent once where a service %s an idle connection',
  async (_, how) => {
    await using upstream = await closingIdle(how);
    await using gated = await startGated(upstream);
    const status = oneClient(gated);
    expect(await status()).toBe(200);
    expect(await status('POST')).toBe(502);
    expect(await status()).toBe(200);
    expect(await status('POST', 'x')).toBe(502);
    expect(upstream.received().match(/POST/g)).toHaveLength(2);
  },
);

test('a safe request is not repeated once the service has spoken of it, nor more than once', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n';
  await using speaking = await closingIdle((socket) => void socket.end(hint));
  await using gated = await startGated(speaking);
  const status = oneClient(gated);
  expect(await status()).toBe(200);
  expect(await status()).toBe(502);
  expect(speaking.connections()).toBe(1);

  let answers = 1;
  await using falling = await startLenient((socket) => {
    answers -= 1;
    if (answers === 0) socket.write(okAnswer);
    else socket.end();
  });
  await using other = await startGated(falling);
  const again = oneClient(other);
  expect(await again()).toBe(200);
  expect(await again()).toBe(502);
  expect(falling.connections()).toBe(2);
});

test.each(closings)(
  'a safe request survives a service that %s an idle connection',
  async (_, how) => {
    await using upstream = await closingIdle(how);
    await using gated = await startGated(upstream);
    const status = oneClient(gated);
    for (const method of ['GET', 'GET', 'HEAD', 'OPTIONS', 'GET']) {
      expect(await status(method)).toBe(200);
    }
  },
);

test.each(['1.1', '2'])(
  'an answer that cannot be taken down once it has begun breaks off, and the session ends well: HTTP/%s',
  async (version) => {
    const refusal = { code: 'RECORDING_UNAVAILABLE', message: 'the disk is full' } as const;
    const note = () => Promise.reject(new RefusedError(refusal));
    const chunked = 'Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
    await using upstream = await startLenient(`HTTP/1.1 200 OK\r\n${chunked}`);
    await using gated = await startGated(upstream, { recorder: { note } });
    if (version === '2') expect((await askHttp2(gated).catch(() => null))?.body).not.toBe('ok');
    else await expect(fetch(`${gated.url}/open`).then((answer) => answer.text())).rejects.toThrow();
    expect(gated.faults).toEqual([]);
  },
);
