/**
 * How long people and statements wait for hoopx itself, not for each other: from a statement's
 * leaving the client until a live reviewer has its request (the built program, connect and
 * gateway with TLS between), and from an approval's being stored until the statement's bytes are
 * at the server's socket (adapter, gate and store as the gateway has them).
 *
 *   npx tsx bench/approval-latency.ts [--times 60]
 */
import { once } from 'node:events';
import { createServer, connect as dial } from 'node:net';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { createControlClient } from '../src/control/client.ts';
import type { HeldRequest } from '../src/core/request.ts';
import type { PostgresPeer } from '../test/peers/postgres.ts';
import { startGated } from '../test/protocols/postgres/session/gated.ts';
import { hoopxRoute } from './postgres/hoopx.ts';
import { createWorld, type World } from './postgres/world.ts';
import { median, percentile } from './statistics.ts';

const { values } = parseArgs({ options: { times: { type: 'string', default: '60' } } });
const times = Number(values.times);

const world = await createWorld();
try {
  await world.postgres.query('create table held (id int)');
  report('a reviewer sees a request', await untilSeen(world), 200);
  const { storing, whole } = await untilSent(world.postgres);
  report('an approval reaches the server', whole, 5);
  report('  of that, storing that it is used', storing, 5);
} finally {
  await world[Symbol.asyncDispose]();
}

async function untilSeen(parts: World): Promise<number[]> {
  const route = await hoopxRoute(parts, 'hoopx');
  const token = await parts.hoopx.provider.tokenFor('reviewer');
  const { url, ca } = { url: route.gateway, ca: parts.certificates.ca };
  const api = createControlClient({ url, ca, token: async () => token });
  const over = new AbortController();
  const events = api.requestEvents({ signal: over.signal })[Symbol.asyncIterator]();
  const client = await connected(route.port, parts.postgres);
  const waits: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const started = performance.now();
    const running = client.query(`delete from held where id = ${time}`);
    const { id, digest } = await pendingRequest(events);
    waits.push(performance.now() - started);
    await api.decide(id, { kind: 'approve', digest });
    await running;
  }
  over.abort();
  await client.end();
  return waits;
}

type Events = AsyncIterator<{
  type: string;
  request?: { id: string; digest: string; state: string };
}>;

async function pendingRequest(events: Events): Promise<{ id: string; digest: string }> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error('the events have ended');
    if (value.request?.state === 'pending') return value.request;
  }
}

async function untilSent(postgres: PostgresPeer) {
  const arrivals = await startWatch(postgres);
  await using gated = await startGated({ ...postgres, port: arrivals.port });
  let [stored, used] = [0, 0];
  gated.approvals.subscribe((request: HeldRequest) => {
    if (request.state === 'approved') stored = performance.now();
    if (request.state === 'running') used = performance.now();
  });
  const client = await connected(gated.port, postgres);
  const whole: number[] = [];
  const storing: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const text = `delete from held where id = ${time}`;
    const running = client.query(text);
    const request = await gated.held();
    const arrived = arrivals.next(text);
    await gated.approve(request);
    whole.push((await arrived) - stored);
    storing.push(used - stored);
    await running;
  }
  await client.end();
  arrivals.close();
  return { whole, storing };
}

/** Stands in for the server's socket: passes everything on, and notes when a text has come. */
async function startWatch(postgres: PostgresPeer) {
  let wanted: { readonly text: string; readonly tell: (at: number) => void } | null = null;
  const server = createServer((socket) => {
    const onward = dial(postgres.port, postgres.host);
    for (const each of [socket, onward]) each.setNoDelay(true).on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      if (wanted !== null && chunk.includes(wanted.text)) wanted.tell(performance.now());
    });
    socket.pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return {
    port: address.port,
    next: (text: string) =>
      new Promise<number>((tell) => {
        wanted = { text, tell };
      }),
    close: () => server.close(),
  };
}

async function connected(port: number, { user, database }: PostgresPeer): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, user, database, password: 'none' });
  await client.connect();
  return client;
}

function report(what: string, waits: readonly number[], goal: number): void {
  const [middle, most] = [median(waits), percentile(waits, 0.95)];
  const verdict = middle <= goal && most <= goal ? 'met' : 'missed';
  const numbers = `median ${middle.toFixed(2)} ms, 95% within ${most.toFixed(2)} ms`;
  console.log(`${what}: ${numbers}, of ${waits.length}; goal ${goal} ms: ${verdict}`);
}
