import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAuditLog } from '../../src/audit/log.ts';
import { recordingRecords } from '../../src/gateway/recording-records.ts';
import { openRecordings } from '../../src/recording/recordings.ts';
import { openStore } from '../../src/store/store.ts';
import { engineer } from '../approvals/bench.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-removed-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const log = { info() {}, warn() {}, error() {} };

/** Store, log and recordings on one disk, and a recording that need not be kept any more. */
async function onOneDisk() {
  const store = await openStore({ kind: 'sqlite', path: path.join(folder, 'hoopx.db') });
  const audit = await openAuditLog({
    ...{ ledger: store.audit, folder: path.join(folder, 'audit'), origin: 'test/audit' },
    ...{ keyFile: path.join(folder, 'audit.key'), anchors: [], clock: Date.now, log },
  });
  const own = path.join(folder, 'recordings');
  const recordings = await openRecordings({
    ...{ folder: own, clock: Date.now, log, store: null, ...recordingRecords(audit) },
    settings: () => ({
      ...{ recipients: [], rowLimit: 5, outputLimit: 100, keepForMs: null, keepBytes: 1000 },
    }),
  });
  const recording = await recordings.begin({
    about: {
      ...{ id: 'ses_1', protocol: 'postgres', principal: engineer, client: 'psql', mode: 'live' },
      connection: { name: 'pg', revision: 'r', labels: {} },
      reason: 'x'.repeat(200_000),
    },
    ...{ required: true, onFailure() {} },
  });
  await recording.close(null);
  await audit.flush();
  return {
    ...{ audit, recordings },
    kept: () => readdir(own),
    types: async () => (await store.audit.after(0, 1_000)).map(({ line }) => JSON.parse(line).type),
    async close() {
      await audit.close();
      await store.close();
    },
  };
}

it('removes nothing while the log cannot take down that it does', async () => {
  const disk = await onOneDisk();
  await disk.audit.close();
  await disk.recordings.sweep();
  expect([await disk.kept(), await disk.types()]).toEqual([['ses_1'], ['recording_closed']]);
  await disk.close();
});

it('makes room on a full disk, and takes that down as soon as there is some', async (context) => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    context.skip();
  }
  try {
    const disk = await onOneDisk();
    const full = writeFile(path.join(folder, 'filling'), Buffer.alloc(2 ** 23));
    await expect(full).rejects.toMatchObject({ code: 'ENOSPC' });
    const change = { type: 'configuration_changed', from: 'a', to: 'b' } as const;
    await expect(disk.audit.append(change)).rejects.toThrow('its disk is full');
    await disk.recordings.sweep();
    expect(await disk.kept()).toEqual([]);
    await expect
      .poll(() => disk.types(), { timeout: 5_000 })
      .toEqual(['recording_closed', 'recording_removed']);
    await disk.close();
  } finally {
    execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
  }
});
