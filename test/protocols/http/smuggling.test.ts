import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startGated } from './gated.ts';
import { okAnswer, startLenient } from './lenient-upstream.ts';
import { exchangeRaw, statusOf } from './raw-client.ts';

const host = 'Host: localhost\r\n';
const hidden = 'GET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Everything in which two servers could see different messages. */
const smuggled: readonly [string, string][] = [
  [
    'Content-Length beside Transfer-Encoding',
    `POST /open HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  ],
  [
    'Transfer-Encoding beside Content-Length',
    `POST /open HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${hidden}`,
  ],
  [
    'two Content-Lengths',
    `POST /open HTTP/1.1\r\n${host}Content-Length: 0\r\nContent-Length: 44\r\n\r\n${hidden}`,
  ],
  [
    'two equal Content-Lengths',
    `POST /open HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`,
  ],
  ['a list of Content-Lengths', `POST /open HTTP/1.1\r\n${host}Content-Length: 1, 1\r\n\r\nx`],
  ['a signed Content-Length', `POST /open HTTP/1.1\r\n${host}Content-Length: +1\r\n\r\nx`],
  ['a hexadecimal Content-Length', `POST /open HTTP/1.1\r\n${host}Content-Length: 0x1\r\n\r\nx`],
  ['a padded Content-Length', `POST /open HTTP/1.1\r\n${host}Content-Length: 01\r\n\r\nx`],
  [
    'Content_Length',
    `POST /open HTTP/1.1\r\n${host}Content_Length: 44\r\nContent-Length: 0\r\n\r\n${hidden}`,
  ],
  [
    'Transfer_Encoding',
    `POST /open HTTP/1.1\r\n${host}Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
  ],
  [
    'a space before the colon',
    `POST /open HTTP/1.1\r\n${host}Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
  ],
  [
    'a folded header',
    `POST /open HTTP/1.1\r\n${host}X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n`,
  ],
  [
    'a folded Transfer-Encoding',
    `POST /open HTTP/1.1\r\n${host}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['bare line feeds', 'GET /open/x HTTP/1.1\nHost: localhost\n\n'],
  ['a bare line feed in a header', `GET /open/x HTTP/1.1\r\n${host}X-A: b\nX-B: c\r\n\r\n`],
  ['a bare carriage return', `GET /open/x HTTP/1.1\r\n${host}X-A: b\rX-B: c\r\n\r\n`],
  ['a NUL in a header', `GET /open/x HTTP/1.1\r\n${host}X-A: b\0c\r\n\r\n`],
  [
    'another transfer coding',
    `POST /open HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'chunked twice',
    `POST /open HTTP/1.1\r\n${host}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'chunked in two headers',
    `POST /open HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  ],
  ['two Hosts', `GET /open HTTP/1.1\r\n${host}Host: other.test\r\n\r\n`],
  ['no Host', 'GET /open HTTP/1.1\r\n\r\n'],
  ['a Host with a path', 'GET /open HTTP/1.1\r\nHost: localhost/secret\r\n\r\n'],
  ['a Host with a user', 'GET /open HTTP/1.1\r\nHost: a@localhost\r\n\r\n'],
  ['an empty Upgrade', `GET /open HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade:\r\n\r\n`],
  [
    'two protocols to upgrade to',
    `GET /open HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n`,
  ],
  [
    'an upgrade with a body',
    `POST /open HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 5\r\n\r\nhello`,
  ],
  [
    'a WebSocket without a key',
    `GET /open HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  ],
];

test.each(smuggled)('pitfall 32: %s is refused, and nothing leaves', async (_what, raw) => {
  await using upstream = await startLenient(okAnswer);
  await using gated = await startGated(upstream);
  const answer = await exchangeRaw(gated.port, raw, /\r\n\r\n/);
  expect(statusOf(answer)).toBe(400);
  expect(upstream.connections()).toBe(0);
});

test('a body whose end nobody can see is cut off, and nothing leaves', async () => {
  await using upstream = await startLenient(okAnswer);
  await using gated = await startGated(upstream);
  const head = `POST /stream HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n`;
  expect([0, 400]).toContain(
    statusOf(await exchangeRaw(gated.port, `${head}0\r\n\r\n`, /\r\n\r\n/)),
  );
  expect(upstream.connections()).toBe(0);
});

test('chunks that are malformed never become a request of their own', async () => {
  const bodies = [
    '5;\r\nhello\r\n0\r\n\r\n',
    '5\nhello\r\n0\r\n\r\n',
    '5 \r\nhello\r\n0\r\n\r\n',
    '-1\r\nhello\r\n0\r\n\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n',
    '5\r\nhelloGET /secret HTTP/1.1\r\n\r\n0\r\n\r\n',
    'ffffffffffffffff1\r\nhello\r\n0\r\n\r\n',
  ];
  for (const body of bodies) {
    await using upstream = await startLenient(okAnswer);
    await using gated = await startGated(upstream);
    const head = `POST /stream HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
    await exchangeRaw(gated.port, `${head}${body}${hidden}`, /\r\n\r\n/);
    expect(upstream.received().match(/^(GET|POST) /gm)?.length ?? 0).toBeLessThan(2);
    expect(upstream.received()).not.toContain('GET /secret');
  }
}, 30_000);

test.each([
  ['TRACE', 405],
  ['CONNECT', 405],
  ['PROPFIND', 405],
  ['get', 400],
])('%s is not taken', async (method, status) => {
  await using upstream = await startLenient(okAnswer);
  await using gated = await startGated(upstream);
  const raw = `${method} ${method === 'CONNECT' ? 'localhost:80' : '/open'} HTTP/1.1\r\n${host}\r\n`;
  expect(statusOf(await exchangeRaw(gated.port, raw, /\r\n\r\n/))).toBe(status);
  expect(upstream.connections()).toBe(0);
});

test('a DELETE with a chunked body sends that body, not an empty one and a second request', async () => {
  await using upstream = await startLenient((socket, received) => {
    if (received.endsWith('0\r\n\r\n')) socket.write(okAnswer);
  });
  await using gated = await startGated(upstream);
  const raw = `DELETE /stream HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
  expect(statusOf(await exchangeRaw(gated.port, raw))).toBe(200);
  expect(upstream.received()).toMatch(/^DELETE \/stream HTTP\/1\.1\r\n/);
  expect(upstream.received().toLowerCase()).not.toContain('content-length');
  expect(upstream.received()).toContain('5\r\nhello\r\n0\r\n\r\n');
});

test('pitfall 32: what leaves is what was decided on, whatever path is asked for', async () => {
  await using upstream = await startLenient(okAnswer);
  await using gated = await startGated(upstream, {
    rules: [{ name: 'only open', http: { path: ['/open/*'] }, then: 'allow' }],
  });
  const piece = fc.constantFrom(
    ...['/', '.', '..', '%2e', '%2f', '%5c', '\\', ';', '%00', '%25', '%41', 'a', '//', 'http:/'],
    ...['?', '#', '%', '*', '@', ':', '%c3%a9', '%7e', '~', '+', '&', '='],
  );
  const property = fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
    const before = upstream.received().length;
    const asked = `/open/${pieces.join('')}`;
    await exchangeRaw(gated.port, `GET ${asked} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
    const sent = /^GET (\S+) HTTP/.exec(upstream.received().slice(before))?.[1];
    const facts = gated.decisions.at(-1)?.operation.decidable.facts;
    if (sent === undefined || facts?.protocol !== 'http') return;
    const path = sent.split('?')[0] ?? '';
    expect(decodeURIComponent(path)).toBe(facts.path);
    expect(path).toMatch(/^\/open\//);
    expect(new URL(sent, 'http://localhost').pathname).toBe(path);
    expect(path).not.toMatch(/%2f|%5c|%25|\/\/|[\\;]/i);
  });
  await fc.assert(property, { numRuns: 150 });
});
