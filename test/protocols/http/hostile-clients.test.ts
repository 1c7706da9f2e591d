import { connect as connectHttp2, constants } from 'node:http2';
import { expect, test } from 'vitest';
import { startEcho } from './echo-upstream.ts';
import { type Gated, pause, startGated } from './gated.ts';
import {
  endHeaders,
  endStream,
  frame,
  framesOf,
  frameTypes,
  headerBlock,
  opening,
  requestBlock,
} from './http2-frames.ts';
import { okAnswer, startLenient } from './lenient-upstream.ts';
import { exchangeRaw, openRaw, statusOf } from './raw-client.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const webSocket = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n`;
const agreed =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n';

/** It still serves others. */
async function serves({ url }: Gated): Promise<void> {
  expect((await fetch(`${url}/open`)).status).toBe(200);
}

test.each([
  ['an upgrade', webSocket('/stream')],
  ['CONNECT', 'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
])('%s sent ahead of the answer to a held request ends the connection', async (_what, next) => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  expect(await exchangeRaw(gated.port, `${get('/held')}${next}`)).toBe('');
  await expect.poll(() => gated.open.size).toBe(0);
  expect((await gated.approvals.list({ states: ['pending'] }, null, 10)).items).toEqual([]);
  expect(upstream.seen).toEqual([]);
  await serves(gated);
});

test('an upgrade behind an answer is joined to nothing but its own answer', async () => {
  await using upstream = await startLenient((socket, received) => {
    if (received.startsWith('GET /open')) socket.end(okAnswer);
    else if (received.endsWith('\r\n\r\n')) socket.end(`${agreed}joined`);
  });
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(get('/open'));
  await expect.poll(() => text).toMatch(/ok$/);
  socket.write(webSocket('/stream'));
  await expect
    .poll(() => text)
    .toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*okHTTP\/1\.1 101 [\s\S]*\r\n\r\njoined$/);
  socket.destroy();
});

/** Sends bytes over HTTP/2, and collects what comes until the gateway closes or `enough`. */
async function exchangeHttp2(
  port: number,
  bytes: Buffer,
  enough: (received: Buffer) => boolean = () => false,
): Promise<Buffer> {
  const socket = await openRaw(port);
  let received = Buffer.alloc(0);
  const over = new Promise<void>((resolve) => {
    socket.once('close', () => resolve()).on('error', () => resolve());
    socket.setTimeout(10_000, () => resolve());
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (enough(received)) resolve();
    });
  });
  socket.write(bytes);
  await over;
  socket.destroy();
  return received;
}

const goneAway = (received: Buffer) =>
  framesOf(received).some(({ type }) => type === frameTypes.goaway);

test('streams that are reset as fast as they are opened leave nothing behind once idle', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, { limits: { idleMs: 1000 } });
  const attack = [opening()];
  for (let index = 0; index < 10_000; index += 1) {
    const id = index * 2 + 1;
    attack.push(frame('headers', endStream | endHeaders, id, requestBlock('GET', '/open')));
    attack.push(frame('reset', 0, id, Buffer.from([0, 0, 0, 8])));
  }
  await exchangeHttp2(gated.port, Buffer.concat(attack), goneAway);
  await expect.poll(() => gated.open.size).toBe(0);
  expect(upstream.seen.length).toBeLessThan(2000);
  await serves(gated);
});

test('streams that are reset while they are held cancel what they asked for', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  socket.on('data', () => {});
  const post = frame('headers', endStream | endHeaders, 1, requestBlock('POST', '/held'));
  socket.write(Buffer.concat([opening(), post]));
  await gated.held();
  socket.write(frame('reset', 0, 1, Buffer.from([0, 0, 0, 8])));
  await gated.reached('cancelled');
  expect(upstream.seen).toEqual([]);
  socket.destroy();
});

test.each(['end', 'resetAndDestroy'] as const)(
  'an HTTP/2 client that leaves (%s) cancels what it asked for',
  async (leave) => {
    await using upstream = await startEcho();
    await using gated = await startGated(upstream);
    const socket = await openRaw(gated.port);
    socket.on('data', () => {});
    const post = frame('headers', endStream | endHeaders, 1, requestBlock('POST', '/held'));
    socket.write(Buffer.concat([opening(), post]));
    await gated.held();
    socket[leave]();
    await gated.reached('cancelled');
    await expect.poll(() => gated.open.size).toBe(0);
    expect(upstream.seen).toEqual([]);
  },
);

test('headers that never end are cut off', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const flood = [opening(), frame('headers', endStream, 1, requestBlock('GET', '/open'))];
  const block = headerBlock([['x-a', 'b'.repeat(8000)]]);
  for (let index = 0; index < 2000; index += 1) flood.push(frame('continuation', 0, 1, block));
  await exchangeHttp2(gated.port, Buffer.concat(flood), goneAway);
  await expect.poll(() => gated.open.size).toBe(0);
  expect(upstream.seen).toEqual([]);
  await serves(gated);
});

test('a header that is written once and meant many times is a large header', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const planted = headerBlock([['x-a', 'b'.repeat(3900)]], true);
  // Index 62 is the newest entry of the dynamic table (RFC 7541, 2.3.3).
  const bomb = Buffer.concat([
    requestBlock('GET', '/open'),
    planted,
    Buffer.alloc(10_000, 0x80 | 62),
  ]);
  const bytes = Buffer.concat([opening(), frame('headers', endStream | endHeaders, 1, bomb)]);
  const refused = (received: Buffer) =>
    goneAway(received) || framesOf(received).some(({ type }) => type === frameTypes.reset);
  expect(refused(await exchangeHttp2(gated.port, bytes, refused))).toBe(true);
  expect(upstream.seen).toEqual([]);
  await serves(gated);
});

test.each([
  ['pings', frame('ping', 0, 0, Buffer.alloc(8))],
  ['settings', frame('settings', 0, 0)],
])('%s whose answers nobody reads end the connection', async (_what, each) => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  socket.pause();
  socket.on('error', () => {});
  const flood = Buffer.concat(Array.from({ length: 20_000 }, () => each));
  socket.write(opening());
  const before = process.memoryUsage().rss;
  let closed = false;
  socket.once('close', () => {
    closed = true;
  });
  for (let round = 0; round < 100 && !closed && socket.writable; round += 1) {
    if (!socket.write(flood)) {
      await Promise.race([
        new Promise((resolve) => socket.once('drain', resolve)),
        new Promise((resolve) => socket.once('close', resolve)),
        pause(1000),
      ]);
    }
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  socket.destroy();
  await expect.poll(() => gated.open.size).toBe(0);
  await serves(gated);
});

test('a client that opens no window takes no memory for what it does not read', async () => {
  const mebibyte = Buffer.alloc(1024 * 1024);
  let written = 0;
  await using upstream = await startEcho((_request, response) => {
    const more = () => {
      while (response.writable && written < 512) {
        written += 1;
        if (!response.write(mebibyte)) {
          response.once('drain', more);
          return;
        }
      }
    };
    more();
  });
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  socket.on('data', () => {});
  const initialWindow = [4, 0] as const;
  const ask = frame('headers', endStream | endHeaders, 1, requestBlock('GET', '/open'));
  socket.write(Buffer.concat([opening([initialWindow]), ask]));
  await expect.poll(() => upstream.seen.length).toBe(1);
  await pause(500);
  expect(written).toBeLessThan(32);
  socket.destroy();
  await expect.poll(() => gated.open.size).toBe(0);
});

test('an HTTP/2 upload that nobody reads to its end is told to stop', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, { limits: { maxReviewedBodyBytes: 512 } });
  const client = connectHttp2(gated.url);
  client.on('error', () => {});
  const stream = client.request({ ':method': 'POST', ':path': '/secret' }, { endStream: false });
  stream.on('error', () => {});
  stream.write(Buffer.alloc(1024));
  const [status, closed] = await Promise.all([
    new Promise((resolve) => stream.once('response', (head) => resolve(head[':status']))),
    new Promise((resolve) => {
      stream.resume().once('close', () => resolve(stream.rstCode));
    }),
  ]);
  expect(status).toBe(403);
  expect(closed).toBe(constants.NGHTTP2_NO_ERROR);
  client.destroy();
});

test('HTTP/1.0 clients are told nothing before their answer', async () => {
  await using upstream = await startEcho((_request, response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: '</a>; rel=preload' });
    response.end('done');
  });
  await using gated = await startGated(upstream);
  const answer = await exchangeRaw(gated.port, 'GET /open HTTP/1.0\r\n\r\n');
  expect(statusOf(answer)).toBe(200);
  expect(answer).toMatch(/\r\n\r\ndone$/);
});

test('who is refused in the middle of an upload reads why, and is not reset', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const socket = await openRaw(gated.port);
  const failures: Error[] = [];
  socket.on('error', (error) => failures.push(error));
  const head = 'POST /nothing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
  const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(head);
  // It reads nothing before it has sent all this.
  for (let sent = 0; sent < 300; sent += 1) {
    await new Promise((resolve) => socket.write(chunk, resolve));
  }
  let text = '';
  socket.setEncoding('latin1').on('data', (piece) => {
    text += piece;
  });
  await closed;
  expect(statusOf(text)).toBe(403);
  expect(failures).toEqual([]);
  await expect.poll(() => gated.open.size).toBe(0);
  expect(upstream.seen).toEqual([]);
});
