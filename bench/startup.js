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
const probe = fileURLToPath(new URL('startup-cpu.cjs', import.meta.url));
// Node reads the file that it names at every start, which would flatter the ratios.
const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
const env = { ...inherited, HOME: home, HOOPX_CREDENTIALS: 'file' };
const token = path.join(home, 'token');
writeFileSync(token, unsignedToken());

/** Takes connections and never answers. */
const gateway = createServer().listen(0, '127.0.0.1');
await once(gateway, 'listening');

const { port } = gateway.address();
const dial = `require('node:tls').connect({ host: '127.0.0.1', port: ${port} })`;
const exec = [
  'exec',
  'pg-demo',
  'select 1',
  '--gateway',
  `https://127.0.0.1:${port}`,
  '--token-file',
  token,
];

/**
 * Each takes what it starts, and returns when that has come as far as is measured. `toConnection`:
 * the CPU that it takes up to there is measured as well, in a run of its own.
 */
const cases = [
  { name: 'node -e 0', args: ['-e', '0'], until: ended, toConnection: true },
  { name: 'node -e 0 (again)', args: ['-e', '0'], until: ended, toConnection: true },
  { name: 'hoopx --version', args: [run, '--version'], until: ended, goal: 1.7 },
  {
    name: 'hoopx exec, connected',
    args: [run, ...exec],
    until: connected,
    goal: 2,
    toConnection: true,
  },
  { name: 'hoopx exec, TLS begun', args: [run, ...exec], until: greeted },
  { name: 'bare node, TLS begun', args: ['-e', dial], until: greeted },
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
      const wall = await timed(each);
      const cpu = each.toConnection === true ? await usedCpu(each) : null;
      // The first two rounds fill the page cache.
      if (round >= 2) times.get(each).push({ wall, cpu });
    }
  }
  return times;
}

async function timed({ args, until }) {
  const start = process.hrtime.bigint();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = await until(child);
  return Number(end - start) / 1e6;
}

/** In milliseconds, its own threads included. */
async function usedCpu({ args }) {
  const stdio = ['ignore', 'ignore', 'ignore', 'pipe'];
  const child = spawn(process.execPath, ['-r', probe, ...args], { env, stdio });
  const [said] = await Promise.all([text(child.stdio[3]), once(child, 'exit')]);
  return Number(said) / 1000;
}

async function ended(child) {
  child.stdout.resume();
  child.stderr.resume();
  const [status] = await once(child, 'exit');
  const end = process.hrtime.bigint();
  if (status !== 0) throw new Error(`ended with ${status}: ${child.spawnargs.join(' ')}`);
  return end;
}

/** What is needed to find the gateway is loaded, and the first connection has reached it. */
function connected(child) {
  return reached(child, async () => process.hrtime.bigint());
}

/** The first bytes of TLS have come, for which Node reads all authorities that it knows. */
function greeted(child) {
  return reached(child, async (socket) => {
    await once(socket, 'data');
    return process.hrtime.bigint();
  });
}

async function reached(child, when) {
  const exited = once(child, 'exit');
  const failed = exited.then(async () => {
    throw new Error(`it ended without a connection: ${await text(child.stderr)}`);
  });
  failed.catch(() => {});
  const [socket] = await Promise.race([once(gateway, 'connection'), failed]);
  socket.on('error', () => {});
  const end = await when(socket);
  child.kill('SIGKILL');
  await exited;
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
  const load = loadavg()[0].toFixed(1);
  console.log(`${process.version}, ${rounds} shuffled rounds, medians, load average ${load}`);
  const base = mediansOf(times.get(cases[0]));
  let missed = 0;
  for (const each of cases) {
    const own = mediansOf(times.get(each));
    const wall = own.wall / base.wall;
    const cpu = own.cpu === null ? '' : shown(own.cpu, own.cpu / base.cpu);
    const over = each.goal !== undefined && wall > each.goal;
    if (over) missed += 1;
    const goal = each.goal === undefined ? '' : `  goal ${each.goal}${over ? ': missed' : ''}`;
    console.log(`${each.name.padEnd(22)} ${shown(own.wall, wall)}  CPU ${cpu.padEnd(16)}${goal}`);
  }
  return missed === 0 ? 0 : 1;
}

function mediansOf(runs) {
  const cpu = runs.flatMap((run) => run.cpu ?? []);
  return { wall: median(runs.map(({ wall }) => wall)), cpu: cpu.length === 0 ? null : median(cpu) };
}

function shown(ms, ratio) {
  return `${ms.toFixed(1).padStart(7)} ms ${ratio.toFixed(2)}x`;
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
