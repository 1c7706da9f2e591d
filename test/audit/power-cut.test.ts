import { cp, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AuditLog, openAuditLog } from '../../src/audit/log.ts';
import { verifyFolder } from '../../src/audit/verify.ts';
import { openStore, type Store } from '../../src/store/store.ts';

/** A machine that loses its power: files are then shorter than what was last written to them. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-power-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Opened {
  readonly store: Store;
  readonly audit: AuditLog;
}

async function open(database = 'hoopx.db'): Promise<Opened> {
  const store = await openStore({ kind: 'sqlite', path: path.join(folder, database) });
  try {
    const audit = await openAuditLog({
      ledger: store.audit,
      folder: path.join(folder, 'audit'),
      keyFile: path.join(folder, 'audit.key'),
      origin: 'test/audit',
      anchors: [{ kind: 'file', path: path.join(folder, 'elsewhere.jsonl') }],
      clock: Date.now,
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });
    return { store, audit };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function close({ store, audit }: Opened): Promise<void> {
  await audit.close();
  await store.close();
}

async function write(count: number, database?: string): Promise<void> {
  const opened = await open(database);
  const change = { type: 'configuration_changed', from: 'a', to: 'b' } as const;
  for (let index = 0; index < count; index += 1) await opened.audit.append(change);
  await close(opened);
}

const records = () => path.join(folder, 'audit', 'records-000000000001.jsonl');
const checkpoints = () => path.join(folder, 'audit', 'checkpoints.jsonl');

async function verified() {
  const text = await readFile(path.join(folder, 'elsewhere.jsonl'), 'utf8');
  const anchors = [{ name: 'elsewhere', text }];
  const options = { key: null, anchors, reviewerKeys: null, since: null };
  return await verifyFolder(path.join(folder, 'audit'), options);
}

it('finds out files that are ahead of their store, and touches neither', async () => {
  await write(5);
  await cp(path.join(folder, 'hoopx.db'), path.join(folder, 'earlier.db'));
  await write(3);
  const before = await readFile(records(), 'utf8');
  await expect(open('earlier.db')).rejects.toMatchObject({ code: 'AUDIT_DIVERGED' });
  expect(await readFile(records(), 'utf8')).toBe(before);
  // Nor when the earlier store has gone on by itself, and has as many records again.
  await cp(path.join(folder, 'audit'), path.join(folder, 'audit-kept'), { recursive: true });
  await rm(path.join(folder, 'audit'), { recursive: true });
  await write(6, 'earlier.db');
  await rm(path.join(folder, 'audit'), { recursive: true });
  await cp(path.join(folder, 'audit-kept'), path.join(folder, 'audit'), { recursive: true });
  await expect(open('earlier.db')).rejects.toMatchObject({ code: 'AUDIT_DIVERGED' });
});

it('writes files out again from the store, wherever they were cut off', async () => {
  await write(300);
  const whole = await readFile(records());
  const signed = (await stat(checkpoints())).size;
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fraction, fraction, async (ofRecords, ofCheckpoints) => {
      const written = await readFile(records());
      await truncate(records(), Math.floor(ofRecords * written.length));
      await truncate(checkpoints(), Math.floor(ofCheckpoints * signed));
      await close(await open());
      expect((await readFile(records())).subarray(0, whole.length).equals(whole)).toBe(true);
      const { verdict, findings, anchored } = await verified();
      expect([verdict, findings, anchored]).toEqual(['verified', [], 300]);
    }),
    {
      numRuns: 15,
      examples: [
        [0, 0],
        [0, 1],
        [1, 0],
      ],
    },
  );
}, 120_000);
