import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { SentSpan } from '../tracing/otlp.ts';
import { type Receiver, spanReceiver } from '../tracing/receiver.ts';
import { type LineClient, lineClient } from './line-client.ts';
import { type StartedGateway, startedGateway } from './started-gateway.ts';

let receiver: Receiver;
let gateway: StartedGateway;
beforeAll(async () => {
  receiver = await spanReceiver();
  gateway = await startedGateway({ metrics: true, tracing: tracingTo(receiver) });
}, 60_000);
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

function tracingTo({ endpoint, ca }: Receiver, sample = 1) {
  return { endpoint, ca, headers: { 'x-key': new Secret('planted-token') }, sample };
}

async function connected(reason: string | null = null): Promise<LineClient> {
  const api = gateway.client('engineer');
  const about = { connection: 'pg-test', mode: 'live' } as const;
  const tunnel = await api.openTunnel(reason === null ? about : { ...about, reason });
  const lines = lineClient(await api.openStream(tunnel.id));
  expect(await lines.next()).toBe('hello');
  return lines;
}

async function decided(kind: 'approve' | 'deny', reason: string): Promise<string> {
  const reviewer = gateway.client('reviewer');
  let id = '';
  const pending = async () => (await reviewer.listRequests({ state: ['pending'] })).items;
  await expect
    .poll(async () => {
      id = (await pending())[0]?.id ?? '';
      return id;
    })
    .not.toBe('');
  const { digest } = await reviewer.request(id);
  await setTimeout(50);
  await reviewer.decide(id, { kind, digest, reason });
  return id;
}

/** Those of the trace whose root has all of this. */
async function traceWith(attributes: Readonly<Record<string, unknown>>) {
  const root = () =>
    receiver
      .spans()
      .find(
        (span) =>
          span.name === 'hoopx operation' &&
          Object.entries(attributes).every(
            ([key, value]) => JSON.stringify(span.attributes[key]) === JSON.stringify(value),
          ),
      );
  await expect.poll(root, { timeout: 10_000 }).toBeDefined();
  const found = root();
  if (found === undefined) throw new Error('no such trace');
  const named = (name: string): SentSpan | undefined =>
    receiver.spans().find((span) => span.traceId === found.traceId && span.name === name);
  for (const span of receiver.spans()) {
    if (span.traceId === found.traceId && span !== found && span.name !== 'hoopx operation') {
      expect(span.parentSpanId).toBe(found.spanId);
    }
  }
  return {
    root: found,
    decision: named('hoopx decision'),
    wait: named('hoopx wait'),
    run: named('hoopx run'),
  };
}

const lasted = (span: SentSpan | undefined) =>
  Number((span?.endTimeUnixNano ?? 0n) - (span?.startTimeUnixNano ?? 0n)) / 1e6;

describe('an operation that does not run', () => {
  it('is an error with the code of its refusal when a rule denies it', async () => {
    const lines = await connected();
    lines.send('drop table x');
    expect(await lines.next()).toContain('DENIED_BY_RULE');
    const { root, decision, wait, run } = await traceWith({ 'error.type': 'DENIED_BY_RULE' });
    expect(root.status).toEqual({ code: 2, message: 'DENIED_BY_RULE' });
    expect(root.parentSpanId).toBe('');
    expect(root.attributes).toMatchObject({
      ...{ 'hoopx.connection': 'pg-test', 'hoopx.protocol': 'postgres', 'hoopx.mode': 'live' },
      ...{ 'hoopx.verdict': 'deny', 'hoopx.rules': ['no drops'], 'hoopx.outcome': 'refused' },
      ...{ 'hoopx.principal.kind': 'human', 'hoopx.classes': ['write'] },
      ...{ 'db.system.name': 'postgresql', 'db.operation.name': 'DROP TABLE' },
    });
    expect(decision).toBeDefined();
    expect([wait, run]).toEqual([undefined, undefined]);
    lines.stream.end();
  });

  it('has waited when a reviewer denies it, with an event for the decision', async () => {
    const lines = await connected();
    lines.send('delete denied');
    const id = await decided('deny', 'planted_reason');
    expect(await lines.next()).toContain('held');
    expect(await lines.next()).toContain('DENIED_BY_REVIEWER');
    const { root, wait, run } = await traceWith({ 'hoopx.request': id });
    expect(root.status).toEqual({ code: 2, message: 'DENIED_BY_REVIEWER' });
    expect(wait?.attributes).toEqual({ 'hoopx.request.state': 'denied' });
    expect(wait?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['hoopx.decision', { 'hoopx.decision': 'deny', 'hoopx.chain': 'dba', 'hoopx.stage': 0 }],
    ]);
    expect(run).toBeUndefined();
    lines.stream.end();
  });

  it('ends when its client leaves while people are waited for', async () => {
    const lines = await connected();
    lines.send('delete left');
    const held = await lines.next();
    lines.stream.destroy();
    const { root, wait } = await traceWith({ 'hoopx.request': held?.replace('held ', '') });
    expect(root.attributes).toMatchObject({ 'hoopx.outcome': 'refused' });
    expect(wait?.attributes['hoopx.request.state']).toBe('cancelled');
  });

  it('is told of a session that is not let in, and not of which connection it asked for', async () => {
    const api = gateway.client('engineer');
    const tunnel = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
    let connections = {};
    gateway.configure((config) => {
      connections = config.connections;
      return { ...config, connections: {} };
    });
    expect(await gateway.reload()).toBe(true);
    const lines = lineClient(await api.openStream(tunnel.id));
    expect(await lines.next()).toContain('no CONNECTION_UNKNOWN');
    gateway.configure((config) => ({ ...config, connections }));
    expect(await gateway.reload()).toBe(true);
    const refused = () =>
      receiver.spans().find(({ attributes }) => attributes['error.type'] === 'CONNECTION_UNKNOWN');
    await expect.poll(refused, { timeout: 10_000 }).toMatchObject({
      name: 'hoopx session',
      attributes: { 'hoopx.protocol': 'postgres', 'hoopx.principal.kind': 'human' },
      status: { code: 2, message: 'CONNECTION_UNKNOWN' },
    });
    expect(JSON.stringify(refused()?.attributes)).not.toContain('pg-test');
  });
});

describe('an operation that runs', () => {
  it('has a decision and a run, and is linked to its session, which ends later', async () => {
    const lines = await connected();
    lines.send('select 1');
    expect(await lines.next()).toBe('ok select 1');
    const { root, decision, wait, run } = await traceWith({ 'hoopx.verdict': 'allow' });
    expect(root).toMatchObject({ kind: 2, parentSpanId: '', events: [] });
    expect(root.status?.code ?? 0).toBe(0);
    expect(root.attributes).toMatchObject({
      ...{ 'hoopx.outcome': 'succeeded', 'hoopx.rules': ['reads pass'] },
    });
    expect(root.attributes['hoopx.request']).toBeUndefined();
    expect(run).toMatchObject({
      kind: 3,
      attributes: { 'server.address': '127.0.0.1', 'server.port': 5432 },
    });
    expect([decision?.kind, wait]).toEqual([1, undefined]);
    const session = () =>
      receiver
        .spans()
        .find(
          ({ name, attributes }) =>
            name === 'hoopx session' &&
            attributes['hoopx.session'] === root.attributes['hoopx.session'],
        );
    expect(session()).toBeUndefined();
    lines.stream.end();
    await expect.poll(session, { timeout: 10_000 }).toBeDefined();
    const over = session();
    expect(over?.attributes).toMatchObject({ 'hoopx.operations': 1 });
    expect(root.links.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
      [over?.traceId, over?.spanId],
    ]);
    expect(over?.traceId).not.toBe(root.traceId);
  });

  it('has waited for people between the two, where they had to approve it', async () => {
    const lines = await connected();
    lines.send('delete approved');
    const id = await decided('approve', 'planted_reason');
    expect(await lines.next()).toContain('held');
    expect(await lines.next()).toBe('ok delete approved');
    const { root, decision, wait, run } = await traceWith({ 'hoopx.request': id });
    expect(root.attributes).toMatchObject({
      ...{ 'hoopx.verdict': 'review', 'hoopx.rules': ['writes need a DBA'] },
      ...{ 'hoopx.outcome': 'succeeded', 'hoopx.fallback': false },
    });
    expect(wait?.attributes).toEqual({ 'hoopx.request.state': 'approved' });
    expect(wait?.events[0]?.attributes['hoopx.decision']).toBe('approve');
    expect(lasted(wait)).toBeGreaterThan(50);
    expect(lasted(root)).toBeGreaterThanOrEqual(lasted(wait));
    const starts = [root, decision, wait, run].map((span) => span?.startTimeUnixNano ?? 0n);
    expect(starts).toEqual([...starts].sort((a, b) => Number(a - b)));
    lines.stream.end();
  });
});

it('sends no text of anybody: statements, reasons, names, digests', async () => {
  const lines = await connected('planted_reason_of_requester');
  for (const statement of ['select planted_text', 'drop planted_text', 'planted_word x']) {
    lines.send(statement);
    if (statement.startsWith('planted')) await decided('deny', 'planted_reason');
    await lines.next();
  }
  lines.stream.end();
  const id = (await gateway.client('reviewer').listRequests({})).items[0]?.id ?? '';
  const request = await gateway.client('reviewer').request(id);
  await traceWith({ 'hoopx.request': id });
  await setTimeout(2_500);
  const all = Buffer.concat(receiver.bodies).toString('latin1');
  expect(all).toContain('hoopx.request');
  expect(all).toContain(id);
  const { name, subject, person } = request.principal;
  for (const text of ['planted', 'PLANTED', name, subject, person, request.digest, 'example.com']) {
    expect(text.length).toBeGreaterThan(4);
    expect(all, text).not.toContain(text);
  }
  expect(receiver.headers[0]?.['x-key']).toBe('planted-token');
});

it('counts what was taken and what was lost', async () => {
  const counted = async () => (await fetch(`${gateway.metricsUrl()}/metrics`)).text();
  expect(await counted()).toMatch(/hoopx_trace_spans_total\{result="exported"\} [1-9]/);
  receiver.answerFromNow({ status: 400 });
  const lines = await connected();
  lines.send('select 1');
  expect(await lines.next()).toBe('ok select 1');
  await expect
    .poll(counted, { timeout: 10_000 })
    .toMatch(/hoopx_trace_spans_total\{result="dropped"\} [1-9]/);
  receiver.answerFromNow('take');
  lines.stream.end();
  const warned = gateway.log.filter(
    ({ level, message }) => level === 'warn' && /traces/.test(message),
  );
  expect(warned).toHaveLength(1);
});

it('keeps the share of traces that it is told to keep, whole ones, and links to no other', async () => {
  await using sampled = await spanReceiver();
  await using other = await startedGateway({ tracing: tracingTo(sampled, 0.5) });
  const api = other.client('engineer');
  for (let session = 0; session < 6; session += 1) {
    const tunnel = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
    const lines = lineClient(await api.openStream(tunnel.id));
    await lines.next();
    for (let count = 0; count < 20; count += 1) {
      lines.send('select 1');
      expect(await lines.next()).toBe('ok select 1');
    }
    lines.stream.end();
  }
  await other.stop();
  const spans = sampled.spans();
  const roots = spans.filter(({ name }) => name === 'hoopx operation');
  expect(roots.length).toBeGreaterThan(20);
  expect(roots.length).toBeLessThan(100);
  for (const { traceId, links } of roots) {
    const names = spans.filter((span) => span.traceId === traceId).map(({ name }) => name);
    expect(names.sort()).toEqual(['hoopx decision', 'hoopx operation', 'hoopx run']);
    for (const link of links) expect(spans.some(({ spanId }) => spanId === link.spanId)).toBe(true);
  }
}, 60_000);

it('a collector that answers nothing delays neither an operation nor the end', async () => {
  await using deaf = await spanReceiver();
  deaf.answerFromNow('answer nothing');
  await using other = await startedGateway({ tracing: tracingTo(deaf) });
  const api = other.client('engineer');
  const tunnel = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
  const lines = lineClient(await api.openStream(tunnel.id));
  await lines.next();
  const before = performance.now();
  for (let count = 0; count < 200; count += 1) {
    lines.send('select 1');
    expect(await lines.next()).toBe('ok select 1');
  }
  expect(performance.now() - before).toBeLessThan(5_000);
  lines.stream.end();
  const stopping = performance.now();
  await other.stop();
  expect(performance.now() - stopping).toBeLessThan(4_000);
}, 60_000);

it('says that a change of it needs a restart', async () => {
  gateway.configure((config) => ({ ...config, tracing: tracingTo(receiver, 0.25) }));
  expect(await gateway.reload()).toBe(true);
  expect(gateway.log.findLast(({ level }) => level === 'warn')?.message).toContain('"tracing"');
});
