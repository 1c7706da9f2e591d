/**
 * What starting hoopx costs, as ratios to `node -e 0`: shuffled rounds, medians. The second
 * line runs bare Node once more: how far from 1 it lands is the noise of this machine.
 *
 *   node bench/startup.js [ROUNDS]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 40);
const run = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const home = mkdtempSync(path.join(tmpdir(), 'hoopx-startup-'));
const token = path.join(home, 'token');
writeFileSync(token, unsignedToken());

/** Takes the connection of `exec` and never answers. */
const gateway = createServer().listen(0, '127.0.0.1');
await once(gateway, 'listening');

const exec = [
  'exec',
  'pg-demo',
  'select 1',
  '--gateway',
  `https://127.0.0.1:${gateway.address().port}`,
  '--token-file',
  token,
];

/** Each takes what it starts, and returns when that has come as far as is measured. */
const cases = [
  { name: 'node -e 0', args: ['-e', '0'], until: ended },
  { name: 'node -e 0 (again)', args: ['-e', '0'], until: ended },
  { name: 'hoopx --version', args: [run, '--version'], until: ended, goal: 1.7 },
  { name: 'hoopx exec, set up', args: [run, ...exec], until: greeted, goal: 2 },
  { name: 'hoopx --help', args: [run, '--help'], until: ended },
];

try {
  process.exitCode = report(await measure());
} finally {
  gateway.close();
  rmSync(home, { recursive: true, force: true });
}

async function measure() {
  const times = new Map(cases.map((each) => [each, []]));
  for (let round = 0; round < rounds + 2; round += 1) {
    for (const each of shuffled(cases)) {
      const ms = await timed(each);
      // The first two rounds fill the page cache.
      if (round >= 2) times.get(each).push(ms);
    }
  }
  return times;
}

async function timed({ args, until }) {
  // Node reads the file that it names at every start, which would flatter the ratios.
  const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
  const env = { ...inherited, HOME: home, HOOPX_CREDENTIALS: 'file' };
  const start = process.hrtime.bigint();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = await until(child);
  return Number(end - start) / 1e6;
}

async function ended(child) {
  child.stdout.resume();
  child.stderr.resume();
  const [status] = await once(child, 'exit');
  const end = process.hrtime.bigint();
  if (status !== 0) throw new Error(`ended with ${status}: ${child.spawnargs.join(' ')}`);
  return end;
}

/** Everything that the first request needs is loaded, and the first bytes of TLS have come. */
async function greeted(child) {
  const failed = once(child, 'exit').then(async () => {
    throw new Error(`it ended without a connection: ${await text(child.stderr)}`);
  });
  failed.catch(() => {});
  const [socket] = await Promise.race([once(gateway, 'connection'), failed]);
  await once(socket, 'data');
  const end = process.hrtime.bigint();
  child.kill('SIGKILL');
  await once(child, 'exit');
  socket.destroy();
  return end;
}

async function text(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** No gateway would take it; the command only looks when it ends. */
function unsignedToken() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: 'nobody', exp: 4_102_444_800 })}.`;
}

function report(times) {
  const base = median(times.get(cases[0]));
  let missed = 0;
  const load = loadavg()[0].toFixed(1);
  console.log(`${process.version}, ${rounds} shuffled rounds, medians, load average ${load}`);
  for (const each of cases) {
    const ms = median(times.get(each));
    const ratio = ms / base;
    const over = each.goal !== undefined && ratio > each.goal;
    if (over) missed += 1;
    const goal = each.goal === undefined ? '' : `  goal ${each.goal}${over ? ': missed' : ''}`;
    console.log(
      `${each.name.padEnd(20)} ${ms.toFixed(1).padStart(7)} ms  ${ratio.toFixed(2)}x${goal}`,
    );
  }
  return missed === 0 ? 0 : 1;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function shuffled(values) {
  const order = values.map((value) => ({ value, key: Math.random() }));
  return order.sort((a, b) => a.key - b.key).map(({ value }) => value);
}
