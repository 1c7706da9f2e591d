import { expect, test } from 'vitest';
import type { HttpFacts } from '../../../src/core/facts.ts';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { startEcho } from './echo-upstream.ts';
import { type Gated, startGated } from './gated.ts';

const allow = (http: NonNullable<RuleSpec['http']>): RuleSpec => ({
  name: 'allow',
  http,
  then: 'allow',
});
const deny = (http: NonNullable<RuleSpec['http']>): RuleSpec => ({
  name: 'deny',
  http,
  then: 'deny',
});

function factsOf(gated: Gated): HttpFacts {
  const facts = gated.decisions.at(-1)?.operation.decidable.facts;
  if (facts?.protocol !== 'http') throw new Error('no request was decided');
  return facts;
}

async function send(url: string, body: string, type = 'application/json'): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    body: Buffer.from(body, 'latin1'),
    headers: { 'Content-Type': type },
  });
  await answer.arrayBuffer();
  return answer.status;
}

test('a deny rule finds a value in a JSON body, and passes what has others', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, {
    rules: [allow({ method: ['POST'] }), deny({ body: { 'items.*.action': ['delete*'] } })],
  });
  expect(await send(gated.url, '{"items":[{"action":"read"},{"action":"delete-all"}]}')).toBe(403);
  expect(await send(gated.url, '{"items":[{"action":"read"}]}')).toBe(200);
  expect(upstream.seen).toHaveLength(1);
});

test.each([
  ['a name that occurs twice', '{"action":"read","action":"delete"}'],
  ['a name that occurs twice, once escaped', '{"action":"read","acti\\u006fn":"delete"}'],
  ['a byte order mark', '\xef\xbb\xbf{"action":"read"}'],
  ['bytes that are no UTF-8', '{"action":"\xff"}'],
  ['no JSON', '{action: "read"}'],
  ['nesting beyond measure', `${'['.repeat(200)}${']'.repeat(200)}`],
  ['a number beyond measure', '{"action": 1e999}'],
])('JSON with %s is unknown, which passes no rule that does not say so', async (_what, body) => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, { rules: [allow({ method: ['POST'] })] });
  expect(await send(gated.url, body)).toBe(403);
  expect(factsOf(gated)).toMatchObject({ classes: ['unknown'], body: { kind: 'opaque' } });
});

test('what could not be read is what a deny rule looks for', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, {
    rules: [
      allow({ class: ['plain', 'opaque'], method: ['POST'] }),
      deny({ body: { action: ['delete'] } }),
    ],
  });
  const large = JSON.stringify({ action: 'read', filler: 'x'.repeat(1_100_000) });
  expect(await send(gated.url, large)).toBe(403);
  expect(await send(gated.url, 'action=delete', 'text/plain')).toBe(403);
  expect(await send(gated.url, '{"action":"read"}')).toBe(200);
});

test('a body that says what it does is read, even where a rule would pass it unread', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, {
    rules: [
      allow({ class: ['plain', 'opaque'], method: ['POST'] }),
      { name: 'deny', when: 'http.body == "json" && http.json.action == "delete"', then: 'deny' },
    ],
  });
  expect(await send(gated.url, '{"action":"delete"}')).toBe(403);
  expect(await send(gated.url, '{"action":"read"}')).toBe(200);
});

test('an allow rule covers every name of the query, however a server cuts it', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, { rules: [allow({ query: ['page', 'q=*x'] })] });
  const status = async (query: string) => (await fetch(`${gated.url}/a?${query}`)).status;
  expect(await status('page=1&q=max')).toBe(200);
  expect(await status('page=1&q=min')).toBe(403);
  expect(await status('page=1&admin=1')).toBe(403);
  expect(await status('page=1;admin=1')).toBe(403);
});

test('paths are matched as templates; what denies is less particular', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, {
    rules: [allow({ path: ['/users/:id', '/files/*'] }), deny({ path: ['/files/private'] })],
  });
  const status = async (path: string) => (await fetch(`${gated.url}${path}`)).status;
  expect(await status('/users/7')).toBe(200);
  expect(await status('/users/7/keys')).toBe(403);
  expect(await status('/users/')).toBe(403);
  expect(await status('/files/a/b')).toBe(200);
  expect(await status('/files/private')).toBe(403);
  expect(await status('/files/Private/')).toBe(403);
  expect(await status('/files/pr%69vate')).toBe(403);
});

test('health is a class of its own', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, { rules: [allow({ class: ['health'] })] });
  expect((await fetch(`${gated.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${gated.url}/healthz?x=1`)).status).toBe(403);
  expect((await fetch(`${gated.url}/healthz`, { method: 'POST' })).status).toBe(403);
});

test('GraphQL is known by what it asks for', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, {
    target: { graphql: true },
    rules: [allow({ graphql: { types: ['query'] } }), deny({ graphql: { fields: ['secret*'] } })],
  });
  const ask = (query: unknown) => send(`${gated.url}/graphql`, JSON.stringify({ query }));
  expect(await ask('query Mine { me { id } }')).toBe(200);
  expect(factsOf(gated).graphql).toEqual({ types: ['query'], names: ['Mine'], fields: ['me'] });
  expect(await ask('mutation { drop }')).toBe(403);
  expect(await ask('query Mine { ...F } fragment F on Query { alias: secretPlans }')).toBe(403);
  expect(await ask('query { a } mutation { b }')).toBe(403);
  expect(await ask('query {')).toBe(403);
  expect(factsOf(gated).classes).toEqual(['unknown']);
  const stored = '{"extensions":{"persistedQuery":{"sha256Hash":"x"}}}';
  expect(await send(`${gated.url}/graphql`, stored)).toBe(403);
  const batch = '[{"query":"{ a }"},{"query":"mutation { b }"}]';
  expect(await send(`${gated.url}/graphql`, batch)).toBe(403);
  const get = await fetch(`${gated.url}/graphql?query=${encodeURIComponent('mutation { b }')}`);
  expect(get.status).toBe(403);
});

test('an expression reads the request', async () => {
  await using upstream = await startEcho();
  await using gated = await startGated(upstream, {
    rules: [{ name: 'few', when: 'http.method == "POST" && http.json.count < 3.0', then: 'allow' }],
  });
  expect(await send(gated.url, '{"count":2}')).toBe(200);
  expect(await send(gated.url, '{"count":4}')).toBe(403);
  expect(await send(gated.url, '{}')).toBe(403);
});
