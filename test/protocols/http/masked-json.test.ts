import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maskingOf, ruleWith } from '../../masking/questions.ts';
import { type EchoUpstream, startEcho } from './echo-upstream.ts';
import { type Gated, pause, startGated } from './gated.ts';

const masking = maskingOf([ruleWith({ paths: ['$..name'], detectors: ['email'] })], {
  protocol: 'http',
});
const mebibyte = 2 ** 20;
const item = `{"name":"Miller","n":1.0,"to":"ann@example.com","more":"${'x'.repeat(1000)}"},\n`;
const shown = item.replace('Miller', '[masked]').replace('ann@example.com', '[masked]');

/** How many items, and what comes behind them. */
const bodies: Readonly<Record<string, readonly [items: number, end: string]>> = {
  '/open/short': [100, 'null]'],
  '/open/broken': [100, '"ann@example.com]'],
  '/open/long': [20 * 1024, 'null]'],
  '/open/broken-late': [2 * 1024, '"ann@example.com"} "later"]'],
  '/held/broken-late': [2 * 1024, '"ann@example.com"} "later"]'],
};

describe('an answer in JSON', () => {
  let upstream: EchoUpstream;
  let gated: Gated;
  let sent = 0;

  async function say(response: ServerResponse, [items, end]: readonly [number, string]) {
    response.setHeader('Content-Type', 'application/json');
    response.write('[');
    const some = item.repeat(16);
    for (sent = 0; sent < items; sent += 16) {
      const piece = items - sent < 16 ? item.repeat(items - sent) : some;
      if (!response.write(piece)) await once(response, 'drain');
    }
    response.end(end);
  }

  beforeAll(async () => {
    if (masking === null) throw new Error('nothing is masked');
    upstream = await startEcho((request, response) => {
      say(response, bodies[request.url ?? ''] ?? [0, 'null]']).catch(() => response.destroy());
    });
    gated = await startGated(upstream, { masking });
  });
  afterAll(async () => {
    await gated[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test('that is broken near its beginning is refused in words', async () => {
    const answer = await fetch(`${gated.url}/open/broken`);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('UNMASKABLE');
    expect(gated.numbered.at(-1)).toMatchObject({
      ...{ status: 200, responseBytes: 0 },
      withheld: 'the answer is not shown, because it could not be masked: it breaks off',
    });
  });

  test('that is broken later breaks off before that, and does not look complete', async () => {
    const { status, body } = await fetch(`${gated.url}/open/broken-late`);
    expect(status).toBe(200);
    const { text, error } = await read(body);
    expect(error).not.toBe(null);
    expect(text.length).toBeGreaterThan(mebibyte);
    expect(`[${shown.repeat(2 * 1024)}`.startsWith(text)).toBe(true);
    await expect
      .poll(() => gated.numbered.at(-1))
      .toMatchObject({
        ...{ status: 200, responseBytes: text.length },
        withheld: expect.stringContaining('it is no JSON'),
      });
  });

  test('that is broken later breaks off so over HTTP/2, too', async () => {
    const client = connectHttp2(gated.url);
    const stream = client.request({ ':path': '/open/broken-late' });
    const { text, error } = await read(stream);
    expect(error).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' });
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect(`[${shown.repeat(2 * 1024)}`.startsWith(text)).toBe(true);
    client.destroy();
  });

  test('that breaks off has run, and its request says what became of it', async () => {
    const asked = fetch(`${gated.url}/held/broken-late`, { method: 'POST', body: 'x' });
    await gated.approve();
    expect((await read((await asked).body)).error).not.toBe(null);
    const { outcome } = await gated.reached('succeeded');
    expect(outcome?.message).toMatch(/^HTTP 200 OK; the answer is not shown.*: it is no JSON$/);
  });

  test('is refused to HTTP/1.0 from 16 MiB on, which would take a break for the end', async () => {
    const old = async (path: string) => {
      const socket = connect(gated.port, '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`);
      return (await read(socket)).text;
    };
    expect(await old('/open/long')).toMatch(/^HTTP\/1.1 403 .*UNMASKABLE/s);
    expect(await old('/open/broken-late')).toMatch(/^HTTP\/1.1 403 .*UNMASKABLE/s);
    const short = await old('/open/short');
    expect(short).toContain(`Content-Length: ${`[${shown.repeat(100)}null]`.length}`);
  });

  test('says its length when it is short, and passes whatever its length is', async () => {
    const short = await fetch(`${gated.url}/open/short`);
    const text = `[${shown.repeat(100)}null]`;
    expect(await short.text()).toBe(text);
    expect(short.headers.get('content-length')).toBe(String(text.length));
    const long = await fetch(`${gated.url}/open/long`);
    expect(long.headers.get('content-length')).toBe(null);
    expect(long.headers.get('transfer-encoding')).toBe('chunked');
    const { text: all, error } = await read(long.body);
    expect(error).toBe(null);
    expect(all === `[${shown.repeat(20 * 1024)}null]`).toBe(true);
  });

  test.each(['HTTP/1.1', 'HTTP/2'])('waits for a client that reads slowly: %s', async (version) => {
    sent = 0;
    const socket = connect(gated.port, '127.0.0.1');
    const client =
      version === 'HTTP/2' ? connectHttp2(gated.url, { createConnection: () => socket }) : null;
    const stream = client?.request({ ':path': '/open/long' });
    if (client === null) socket.write('GET /open/long HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await expect
      .poll(async () => {
        const before = sent;
        await pause(500);
        return before > 100 && sent === before;
      })
      .toBe(true);
    // Of more than 20 MiB: what fits into the buffers of four sockets.
    expect(sent * item.length).toBeLessThan(16 * mebibyte);
    stream?.destroy();
    client?.destroy();
    socket.destroy();
  });
});

/** What came, and what ended it: null for its proper end. */
async function read(body: AsyncIterable<Uint8Array> | null) {
  const chunks: Uint8Array[] = [];
  const told = () => Buffer.concat(chunks).toString();
  try {
    for await (const chunk of body ?? []) chunks.push(chunk);
    return { text: told(), error: null };
  } catch (error) {
    return { text: told(), error };
  }
}
