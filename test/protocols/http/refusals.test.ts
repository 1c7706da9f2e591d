import { expect, test } from 'vitest';
import { startEcho } from './echo-upstream.ts';
import { startGated } from './gated.ts';
import { okAnswer, startLenient } from './lenient-upstream.ts';
import { exchangeRaw, statusOf } from './raw-client.ts';

test('a denied request is a problem document, and never reaches the service', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const answer = await fetch(`${gated.url}/secret/plans`);
  expect(answer.status).toBe(403);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({
    type: 'urn:hoopx:refusal:DENIED_BY_RULE',
    status: 403,
    rules: ['no secrets'],
    detail: 'no',
  });
  expect(upstream.seen).toEqual([]);
});

test('a request that no rule covers is denied, and told what to do', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const answer = await fetch(`${gated.url}/elsewhere`, { method: 'DELETE' });
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ code: 'UNMATCHED', hint: /rules/ });
  expect(upstream.seen).toEqual([]);
});

test('a held request is refused when a reviewer denies it, with the reason', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const asked = fetch(`${gated.url}/held/1`, { method: 'POST', body: '{"a":1}' });
  await gated.deny('not today');
  const answer = await asked;
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({
    code: 'DENIED_BY_REVIEWER',
    requestId: 'req_1',
    detail: expect.stringContaining('not today'),
  });
  expect(upstream.seen).toEqual([]);
});

test('a client that leaves while it is held cancels, and nothing runs', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const leaving = new AbortController();
  const asked = fetch(`${gated.url}/held`, { method: 'POST', body: 'x', signal: leaving.signal });
  await gated.held();
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await gated.reached('cancelled');
  expect(upstream.seen).toEqual([]);
});

test('a held request runs once it is approved, with the very body', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream);
  const asked = fetch(`${gated.url}/held/1?x=1`, { method: 'POST', body: '{"a":1}' });
  const request = await gated.held();
  expect(request.presentation.statement).toContain('POST /held/1?x=1');
  expect(request.presentation.statement).toContain('{"a":1}');
  expect(upstream.seen).toEqual([]);
  await gated.approve();
  const answer = await asked;
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe('POST /held/1?x=1');
  expect(upstream.seen.map(({ body }) => body)).toEqual(['{"a":1}']);
  expect((await gated.reached('succeeded')).outcome?.targetCode).toBe('200');
});

const ambiguous: readonly [string, string][] = [
  ['an encoded slash', '/open%2f..'],
  ['an encoded backslash', '/open%5Cx'],
  ['a dot segment', '/open/../secret'],
  ['an encoded dot segment', '/open/%2e%2e/secret'],
  ['half an encoded dot segment', '/open/.%2E/secret'],
  ['double encoding', '/open/%252e%252e/secret'],
  ['an empty segment', '/open//secret'],
  ['an empty first segment', '//secret'],
  ['an encoded NUL', '/open/%00'],
  ['an encoded line feed', '/open/%0aX'],
  ['a raw backslash', '/open\\x'],
  ['a path parameter', '/open;x/secret'],
  ['an encoded path parameter', '/open%3bx'],
  ['a lone percent sign', '/open/100%'],
  ['bytes that are no UTF-8', '/open/%ff'],
  ['an overlong dot', '/open/%c0%ae%c0%ae/secret'],
  ['a fragment', '/open#/secret'],
  ['a NUL in the query', '/open?a=%00'],
  ['a query that is no UTF-8', '/open?a=%ff'],
  ['another host in the request line', 'http://other.test/open'],
  ['the asterisk', '*'],
];

test.each(ambiguous)('pitfall 32: %s is refused with 400', async (_what, path) => {
  await using upstream = await startLenient(okAnswer);
  await using gated = await startGated(upstream);
  const raw = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  expect(statusOf(await exchangeRaw(gated.port, raw))).toBe(400);
  expect(upstream.connections()).toBe(0);
});
