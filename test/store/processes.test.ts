import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { draft, heldRequest, silent, temporaryFolder } from '../approvals/bench.ts';
import { createSigningApprovals } from '../approvals/signing.ts';
import { bundled } from '../bundled.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
let children: ChildProcess[];
let program: string;

beforeAll(async () => {
  program = await bundled(join(import.meta.dirname, 'child.ts'));
});

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'hoopx.db');
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map(kill));
  folder.remove();
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function start(task: string): { child: ChildProcess; lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, [program, path, task], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

function approvalsOf(store: Awaited<ReturnType<typeof openStore>>) {
  return createSigningApprovals(store, {
    clock: Date.now,
    mintId: () => 'req_new',
    log: silent,
  });
}

describe('two gateways on one store', () => {
  it('refuses the second, and says so, until the first is gone in whatever way', async () => {
    const { child, lines } = start('hold');
    expect((await lines.next()).value).toBe('open');
    await expect(openStore({ kind: 'sqlite', path })).rejects.toMatchObject({
      name: 'UserError',
      code: 'STORE_IN_USE',
      exitCode: 78,
      message: `another gateway is using the store ${path}`,
    });
    await kill(child);
    const store = await openStore({ kind: 'sqlite', path });
    await store.close();
  });

  it('refuses the second in the same process, too, until the first is closed', async () => {
    const first = await openStore({ kind: 'sqlite', path });
    const second = openStore({ kind: 'sqlite', path });
    await expect(second).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await first.close();
    await (await openStore({ kind: 'sqlite', path })).close();
  });
});

describe('a gateway that is killed', () => {
  it('pitfall 46: keeps every step that it had said was stored, and recovers', async () => {
    const { child, lines } = start('churn');
    const said = new Map<string, string>();
    for await (const line of lines) {
      const [state = '', id = ''] = line.split(' ');
      said.set(id, state);
      if (said.size === 60) child.kill('SIGKILL');
    }
    const store = await openStore({ kind: 'sqlite', path });
    const approvals = approvalsOf(store);
    await approvals.recover();
    const steps = ['pending', 'approved', 'running', 'succeeded'];
    for (const [id, state] of said) {
      const kept = await approvals.get(id);
      const reached = kept?.state === 'unknown' ? 'running' : (kept?.state ?? 'nothing');
      expect(steps.indexOf(reached), `${id} was ${state}`).toBeGreaterThanOrEqual(
        steps.indexOf(state),
      );
      expect(kept?.state).not.toBe('running');
    }
    await approvals.stop();
    await store.close();
  });

  it('pitfall 46: leaves nothing of a transaction that it was in the middle of', async () => {
    const before = await openStore({ kind: 'sqlite', path });
    const { fallback: _, ...asked } = draft();
    const request = heldRequest({ ...asked, expiresAt: Date.now() + 3_600_000 });
    await before.requests.insert(request, 10);
    await before.close();
    const { child, lines } = start('transaction');
    expect((await lines.next()).value).toBe('inside');
    await kill(child);
    const store = await openStore({ kind: 'sqlite', path });
    const approvals = approvalsOf(store);
    await approvals.recover();
    expect(await approvals.get('req_1')).toEqual(request);
    await approvals.stop();
    await store.close();
  });
});
