/**
 * What traces cost the gateway's process: CPU for each allowed operation through the gate, the
 * message to the collector included. The collector is a process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createOperationGate, type OperationGate } from '../src/core/gate.ts';
import type { Operation } from '../src/core/operation.ts';
import type { Verdict } from '../src/core/verdict.ts';
import { watchedGate } from '../src/core/watched-gate.ts';
import { createTracing } from '../src/tracing/tracing.ts';

const rounds = 7;
const operations = 20_000;
/** At most so many at once, as a busy gateway would have them. */
const burst = 50;

const collector = `require('node:http').createServer((q, a) => { q.resume(); q.on('end', () => a.end()); })
  .listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

const verdict: Verdict = { kind: 'allow', rules: ['reads pass'], revision: 'sha256:0' };
const waiting = { held() {}, signal: new AbortController().signal };
const outcome = { message: null, targetCode: null, rowCount: 1 };

function operationOf(): Operation {
  return {
    decidable: {
      ...{ protocol: 'postgres', text: 'SELECT 1', summary: 'SELECT 1' },
      facts: {
        ...{ protocol: 'postgres', classes: ['read'], statements: ['select'], reads: [] },
        ...{ writes: [], functions: [], where: [], copy: [], statementCount: 1 },
        ...{ rowLocks: false, into: false, maskedPredicate: false },
      },
    },
    ...{ database: 'app', upstreamUser: 'app', claimable: false, action: () => ({}) },
    presentation: () => ({
      ...{ statement: 'SELECT 1', parameters: [], notes: [], outline: [] },
      ...{ transaction: null, inputNotReviewed: null },
    }),
  };
}

function plainGate(): OperationGate {
  const never = () => Promise.reject(new Error('nothing is held here'));
  return createOperationGate({
    principal: {
      ...{ kind: 'human', issuer: 'i', subject: 's', name: 'n', groups: [], person: 'p' },
      ...{
        personNamespace: 'corp',
        owner: null,
        groupsClaimMissing: false,
        authenticatedBy: 'oidc',
      },
    },
    connection: { name: 'pg', revision: 'sha256:1', labels: {} },
    ...{ mode: 'live', reason: null, idempotencyKey: null, sessionId: 'ses_1' },
    policy: { evaluate: () => verdict, evaluateFallback: () => verdict, revision: 'sha256:0' },
    approvals: {
      ...{ submit: never, get: never, settled: never, consume: never, cancel: never },
      finish: never,
    },
    tap: { held() {}, decided() {}, outcomeLost() {} },
    reminderMs: 60_000,
  });
}

/** Microseconds of CPU for an operation. */
async function cost(gate: OperationGate, settled: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < operations; count += 1) {
    const clearance = await gate.submit(operationOf(), waiting);
    if (clearance.kind === 'cleared') await clearance.permit.spend().succeeded(outcome);
    if (count % burst === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await settled();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / operations;
}

async function traced(endpoint: string, sample: number): Promise<string> {
  const costs: number[] = [];
  let fate = '';
  for (let round = 0; round < rounds; round += 1) {
    const tracing = createTracing({
      ...{ endpoint, ca: null, headers: {}, sample, version: 'bench' },
      ...{ log: console, limits: { waiting: 1_000_000 } },
    });
    const session = tracing.sessionBegan({
      ...{ id: 'ses_1', protocol: 'postgres', connection: 'pg', principal: { kind: 'human' } },
      ...{ mode: 'live', target: { host: '127.0.0.1', port: 5432 } },
    });
    costs.push(await cost(watchedGate(plainGate(), session.watch), tracing.close));
    const { exported, dropped } = tracing.counts();
    fate = `${exported} spans taken, ${dropped} lost in the last round`;
  }
  return `${median(costs).toFixed(1)} µs (${fate})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

const child = spawn(process.execPath, ['-e', collector], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [line] = await once(child.stdout, 'data');
  const endpoint = `http://127.0.0.1:${String(line).trim()}/v1/traces`;
  const plain: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    plain.push(await cost(plainGate(), async () => {}));
  }
  console.log(`no traces       ${median(plain).toFixed(1)} µs an operation`);
  console.log(`every trace     ${await traced(endpoint, 1)}`);
  console.log(`one in ten      ${await traced(endpoint, 0.1)}`);
} finally {
  child.kill();
}
