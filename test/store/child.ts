import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { chain, decision, digestOfText, draft, reviewer, silent } from '../approvals/bench.ts';
import { createSigningApprovals } from '../approvals/signing.ts';

/** A gateway process to be killed: `child.ts FILE hold|churn|transaction`. */
const [path = '', task = ''] = process.argv.slice(2);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function churn(): Promise<void> {
  const store = await openStore({ kind: 'sqlite', path });
  let minted = 0;
  const approvals = createSigningApprovals(store, {
    clock: Date.now,
    mintId: () => `req_${process.pid}_${++minted}`,
    log: silent,
  });
  const chains = [chain({ approveWithinMs: 3_600_000, runWithinMs: 3_600_000 })];
  for (let round = 0; ; round += 1) {
    const digest = digestOfText(`${process.pid} ${round}`);
    const submission = await approvals.submit(draft({ digest, chains }));
    if (submission.kind === 'refused') throw new Error(submission.refusal.message);
    const { request } = submission;
    say(`pending ${request.id}`);
    await approvals.decide(request.id, decision(request), reviewer);
    say(`approved ${request.id}`);
    await approvals.consume(request.id);
    say(`running ${request.id}`);
    if (round % 2 === 0) continue;
    await approvals.finish(request.id, 'succeeded', {
      message: null,
      targetCode: null,
      rowCount: 1,
    });
    say(`succeeded ${request.id}`);
  }
}

/** Stops for ever in the middle of a transaction that has written already. */
async function transaction(): Promise<void> {
  const { db } = openSqlite(path);
  await db.transaction().execute(async (tx) => {
    await tx.updateTable('requests').set({ state: 'running', version: 99 }).execute();
    await tx.insertInto('consumptions').values({ request_id: 'req_1', version: 99 }).execute();
    say('inside');
    await new Promise(() => setInterval(() => {}, 1_000));
  });
}

async function hold(): Promise<void> {
  await openStore({ kind: 'sqlite', path });
  say('open');
  setInterval(() => {}, 1_000);
}

const tasks = new Map([
  ['churn', churn],
  ['transaction', transaction],
  ['hold', hold],
]);
await tasks.get(task)?.();
