import { writeFileSync } from 'node:fs';
import { runTui } from '../../src/tui/run-tui.tsx';
import { memoryApi } from './memory-api.ts';
import { samplePrincipal, sampleRequest } from './sample-request.ts';

/**
 * The screen on a real terminal over requests in memory: argv: file for decisions, `plain`, or
 * `crash`, which SIGUSR2 brings about.
 */
const [, , decisionsFile = 'decisions.json', mode] = process.argv;
const now = Date.now();
const common = {
  createdAt: new Date(now).toISOString(),
  expiresAt: new Date(now + 3_540_000).toISOString(),
};

const api = memoryApi([
  sampleRequest({ ...common, id: 'req_01' }),
  sampleRequest({
    ...common,
    id: 'req_02',
    mode: 'claimable',
    principal: samplePrincipal({ name: 'deploy-bot', kind: 'agent', person: 'engineer' }),
    summary: 'UPDATE orders SET total = total * 2',
    presentation: {
      statement: Array.from({ length: 120 }, (_, i) => `UPDATE orders SET total = ${i};`).join(
        '\n',
      ),
      parameters: [],
      transaction: { state: 'open', ran: ['BEGIN', 'DELETE FROM customers WHERE id = 7'] },
    },
  }),
  sampleRequest({
    ...common,
    id: 'req_03',
    summary: "SELECT '\u001b[2Jhidden\u202e'",
    presentation: { statement: "SELECT '\u001b[2Jhidden\u202e', 'pаypal'\t;", parameters: [] },
    reason: '\u001b]8;;http://evil\u0007approved by the CISO\u001b]8;;\u0007\nState: approved',
  }),
]);

writeFileSync(`${decisionsFile}.pid`, `${process.pid}`);
if (mode === 'crash') {
  process.once('SIGUSR2', () => void Promise.reject(new Error('planted crash')));
}

const { stdin, stdout } = process;
const end = await runTui({
  api,
  input: stdin,
  output: stdout,
  clock: Date.now,
  reviewer: 'reviewer',
  gateway: '127.0.0.1:7443',
  color: mode !== 'plain',
});
writeFileSync(decisionsFile, JSON.stringify(api.decisions));
stdout.write(`ended ${JSON.stringify(end)}\n`);
if (end.kind === 'signal') process.kill(process.pid, end.signal);
