/**
 * What starting hoopx costs, as ratios to `node -e 0`: shuffled rounds, medians. The first
 * line runs bare Node twice over: how far from 1 it lands is the noise of this machine.
 *
 *   node bench/startup.js [ROUNDS]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 40);
const run = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const home = mkdtempSync(path.join(tmpdir(), 'hoopx-startup-'));
const token = path.join(home, 'token');
writeFileSync(token, 'not a token');

/** `exec` up to the moment when it looks at its token: everything loaded, nothing dialled. */
const exec = [
  'exec',
  'pg-demo',
  'select 1',
  '--gateway',
  'https://127.0.0.1:1',
  '--token-file',
  token,
];

const cases = [
  { name: 'node -e 0', args: ['-e', '0'], exit: 0 },
  { name: 'node -e 0 (again)', args: ['-e', '0'], exit: 0, goal: null },
  { name: 'hoopx --version', args: [run, '--version'], exit: 0, goal: 1.7 },
  { name: 'hoopx exec, set up', args: [run, ...exec], exit: 4, goal: 2 },
  { name: 'hoopx --help', args: [run, '--help'], exit: 0, goal: null },
];

try {
  process.exitCode = report(measure());
} finally {
  rmSync(home, { recursive: true, force: true });
}

function measure() {
  const times = new Map(cases.map((each) => [each, []]));
  for (let round = 0; round < rounds + 2; round += 1) {
    for (const each of shuffled(cases)) {
      const ms = once(each);
      // The first two rounds fill the page cache.
      if (round >= 2) times.get(each).push(ms);
    }
  }
  return times;
}

function once({ name, args, exit }) {
  const env = { ...process.env, HOME: home, HOOPX_CREDENTIALS: 'file' };
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== exit) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return ms;
}

function report(times) {
  const base = median(times.get(cases[0]));
  let missed = 0;
  console.log(`${process.version}, ${rounds} shuffled rounds, medians`);
  if (process.env.NODE_EXTRA_CA_CERTS) {
    console.log(
      'NODE_EXTRA_CA_CERTS is set: Node reads it at every start, which flatters the ratios',
    );
  }
  for (const each of cases) {
    const ms = median(times.get(each));
    const ratio = ms / base;
    const over = typeof each.goal === 'number' && ratio > each.goal;
    if (over) missed += 1;
    const goal =
      typeof each.goal === 'number' ? `  goal ${each.goal}${over ? ': missed' : ''}` : '';
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
