import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import { Secret } from '../../src/core/secret.ts';
import type { SpanQueueLimits } from '../../src/tracing/span-queue.ts';
import { createTracing } from '../../src/tracing/tracing.ts';
import { type Answer, type Receiver, spanReceiver } from './receiver.ts';

const about = {
  ...({ id: 'ses_1', protocol: 'http', connection: 'billing', mode: 'live' } as const),
  ...{ principal: { kind: 'ci' as const }, target: { host: 'billing.internal', port: 443 } },
};
const shell = { protocol: 'ssh', kinds: ['shell'], classes: ['plain'] };
const quick = { everyMs: 20, backoffMs: 20, longestBackoffMs: 40 };
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});

function tracingTo(
  { endpoint, ca }: Pick<Receiver, 'endpoint' | 'ca'>,
  limits: Partial<SpanQueueLimits> = {},
) {
  const warnings: string[] = [];
  const say = (detail: object, message: string) =>
    void warnings.push(`${message} ${JSON.stringify(detail)}`);
  const tracing = createTracing({
    ...{ endpoint, ca, sample: 1, version: '1.2.3', log: { warn: say, error: say } },
    headers: { authorization: new Secret('Bearer planted-token') },
    limits: { ...quick, ...limits },
  });
  opened.push({ [Symbol.asyncDispose]: () => tracing.close() });
  /** One span. */
  const tell = () => tracing.sessionRefused('ssh', { kind: 'agent' }, 'ACCESS_DENIED');
  return { tracing, warnings, tell };
}

async function receiverThat(...answers: readonly Answer[]): Promise<Receiver> {
  const receiver = await spanReceiver(answers);
  opened.push(receiver);
  return receiver;
}

describe('a collector that does not take spans', () => {
  it.each<[string, Answer]>([
    ['with a redirect', { status: 307, headers: { location: '/elsewhere' } }],
    ['for good', { status: 400 }],
    ['for want of a login', { status: 401 }],
  ])('loses them %s, and is told of once', async (_, answer) => {
    const receiver = await receiverThat(answer, answer);
    const { tracing, warnings, tell } = tracingTo(receiver);
    tell();
    await expect.poll(() => tracing.counts()).toEqual({ exported: 0, dropped: 1 });
    tell();
    await expect.poll(() => tracing.counts()).toEqual({ exported: 0, dropped: 2 });
    tell();
    await expect.poll(() => tracing.counts()).toEqual({ exported: 1, dropped: 2 });
    expect(new Set(receiver.paths)).toEqual(new Set(['POST /v1/traces']));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain('planted-token');
  });

  it('counts those that it says it did not keep, and believes no other number', async () => {
    const receiver = await receiverThat({ reject: 1 }, { reject: 1_000_000 });
    const { tracing, tell } = tracingTo(receiver);
    for (const counts of [
      { exported: 1, dropped: 1 },
      { exported: 1, dropped: 3 },
      { exported: 3, dropped: 3 },
    ]) {
      tell();
      tell();
      await expect.poll(() => tracing.counts()).toEqual(counts);
    }
  });

  it.each<[string, Answer]>([
    ['hangs up', 'hang up'],
    ['is busy', { status: 503, headers: { 'retry-after': '0' } }],
    ['asks for patience in words', { status: 429, headers: { 'retry-after': 'never' } }],
  ])('that %s gets the same spans again', async (_, answer) => {
    const receiver = await receiverThat(answer, answer, answer);
    const { tracing, warnings, tell } = tracingTo(receiver);
    tell();
    await expect.poll(() => tracing.counts()).toEqual({ exported: 1, dropped: 0 });
    expect(receiver.bodies).toHaveLength(4);
    expect(warnings).toHaveLength(1);
  });
});

describe('however long a collector is away', () => {
  it('no more spans wait than there is room for, and those are sent when it is back', async () => {
    const receiver = await receiverThat();
    receiver.answerFromNow('hang up');
    const { tracing, warnings, tell } = tracingTo(receiver, { waiting: 50, batch: 20 });
    for (let count = 0; count < 500; count += 1) tell();
    expect(tracing.counts()).toEqual({ exported: 0, dropped: 450 });
    await expect.poll(() => receiver.bodies.length).toBeGreaterThan(2);
    expect(tracing.counts().dropped).toBe(450);
    receiver.answerFromNow('take');
    await expect.poll(() => tracing.counts()).toEqual({ exported: 50, dropped: 450 });
    expect(receiver.spans()).toHaveLength(50);
    expect(warnings).toHaveLength(1);
  });

  it('telling it something takes no time of whoever tells', async () => {
    const receiver = await receiverThat();
    receiver.answerFromNow('answer nothing');
    const { tell } = tracingTo(receiver);
    const before = performance.now();
    for (let count = 0; count < 1_000; count += 1) tell();
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe('the end', () => {
  it.each<[string, Answer]>([
    ['answers nothing', 'answer nothing'],
    ['answers a byte now and then', 'trickle'],
    ['hangs up', 'hang up'],
  ])('does not wait for a collector that %s', async (_, answer) => {
    const receiver = await receiverThat();
    receiver.answerFromNow(answer);
    const { tracing, tell } = tracingTo(receiver, { everyMs: 60_000 });
    for (let count = 0; count < 600; count += 1) tell();
    const before = performance.now();
    await tracing.close();
    expect(performance.now() - before).toBeLessThan(2_500);
    expect(tracing.counts()).toEqual({ exported: 0, dropped: 600 });
  });

  it('does not wait for one that takes connections and says nothing at all', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    opened.push({ [Symbol.asyncDispose]: async () => void server.close() });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { ca } = await receiverThat();
    const { tracing, tell } = tracingTo({ endpoint: `https://127.0.0.1:${port}/v1/traces`, ca });
    tell();
    const before = performance.now();
    await tracing.close();
    expect(performance.now() - before).toBeLessThan(2_500);
    expect(tracing.counts()).toEqual({ exported: 0, dropped: 1 });
  });

  it('sends what still waits', async () => {
    const receiver = await receiverThat();
    const { tracing, tell } = tracingTo(receiver, { everyMs: 60_000 });
    for (let count = 0; count < 600; count += 1) tell();
    await tracing.close();
    expect(tracing.counts()).toEqual({ exported: 600, dropped: 0 });
    expect(receiver.spans()).toHaveLength(600);
    tell();
    expect(tracing.counts()).toEqual({ exported: 600, dropped: 1 });
  });
});

it('reads of an answer only what it is for', async () => {
  const receiver = await receiverThat('flood');
  const { tracing, tell } = tracingTo(receiver);
  tell();
  await expect.poll(() => tracing.counts()).toEqual({ exported: 1, dropped: 0 });
  const written = receiver.written();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(receiver.written() - written).toBeLessThan(1024 * 1024);
  expect(written).toBeLessThan(4 * 1024 * 1024);
  // It was taken at once, and not given up and sent again.
  expect(receiver.bodies).toHaveLength(1);
});

it('speaks to nobody whose certificate it does not trust', async () => {
  const [receiver, other] = [await receiverThat(), await receiverThat()];
  const { tracing, warnings, tell } = tracingTo({ endpoint: receiver.endpoint, ca: other.ca });
  tell();
  await expect.poll(() => warnings.length).toBe(1);
  await tracing.close();
  expect(receiver.bodies).toHaveLength(0);
  expect(tracing.counts()).toEqual({ exported: 0, dropped: 1 });
});

it('is told nothing by the environment: neither where, nor with what, nor how many', async () => {
  const receiver = await receiverThat();
  for (const [name, value] of Object.entries({
    OTEL_SDK_DISABLED: 'true',
    OTEL_TRACES_SAMPLER: 'always_off',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9/evil',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/evil',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-evil=1',
    OTEL_RESOURCE_ATTRIBUTES: 'x.evil=1,service.name=evil',
    OTEL_SERVICE_NAME: 'evil',
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1',
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '1',
    OTEL_BSP_MAX_QUEUE_SIZE: '0',
    ...{ HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' },
    ...{ ALL_PROXY: 'http://127.0.0.1:9', NODE_USE_ENV_PROXY: '1', NO_PROXY: '' },
  })) {
    vi.stubEnv(name, value);
  }
  vi.resetModules();
  const { createTracing: fresh } = await import('../../src/tracing/tracing.ts');
  const { endpoint, ca } = receiver;
  const log = { warn() {}, error() {} };
  const tracing = fresh({ endpoint, ca, headers: {}, sample: 1, version: '1.2.3', log });
  const session = tracing.sessionBegan(about);
  session.ended(null, 0);
  await tracing.close();
  const [span] = receiver.spans();
  expect(span?.attributes).toMatchObject({
    'hoopx.connection': 'billing',
    'hoopx.protocol': 'http',
    'hoopx.principal.kind': 'ci',
  });
  expect(span?.resource).toMatchObject({ 'service.name': 'hoopx', 'service.version': '1.2.3' });
  expect(JSON.stringify([span?.resource, receiver.headers])).not.toContain('evil');
  expect(Object.keys(span?.resource ?? {}).sort()).toEqual([
    ...['service.instance.id', 'service.name', 'service.version'],
    ...['telemetry.sdk.language', 'telemetry.sdk.name', 'telemetry.sdk.version'],
  ]);
});

it('follows no more operations of a session than there is room for, and counts the others', () => {
  const { tracing } = tracingTo({ endpoint: 'http://127.0.0.1:9/v1/traces', ca: '' });
  const session = tracing.sessionBegan(about);
  const operation = { decidable: { facts: shell } } as unknown as Operation;
  const verdict = { kind: 'allow', rules: [], revision: '1' } as const;
  for (let count = 0; count < 1_024; count += 1) {
    expect(session.watch(operation, verdict)).not.toBeNull();
  }
  for (let count = 0; count < 10; count += 1) {
    expect(session.watch(operation, verdict)).toBeNull();
  }
  expect(tracing.counts()).toEqual({ exported: 0, dropped: 10 });
  session.ended(null, 1_034);
});

it('tells of an operation nothing that would stop it', () => {
  const { tracing, warnings } = tracingTo({ endpoint: 'http://127.0.0.1:9/v1/traces', ca: '' });
  const session = tracing.sessionBegan(about);
  const broken = { decidable: {} } as unknown as Operation;
  const verdict = { kind: 'allow', rules: [], revision: '1' } as const;
  expect(session.watch(broken, verdict)).toBeNull();
  expect(session.watch(broken, verdict)).toBeNull();
  expect(warnings.filter((warning) => warning.startsWith('a defect'))).toHaveLength(1);
});
