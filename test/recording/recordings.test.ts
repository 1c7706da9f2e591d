import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RefusedError } from '../../src/core/refusal.ts';
import { openRecordings, type Recordings } from '../../src/recording/recordings.ts';
import { expired } from '../../src/recording/retention.ts';
import { about, answer } from './recorded-session.ts';

const settings = {
  ...{ recipients: [], rowLimit: 5, outputLimit: 100, keepForMs: null, keepBytes: null },
};

let folder = '';
let recordings: Recordings;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-recordings-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const log = { info() {}, warn() {}, error() {} };
const open = () =>
  openRecordings({ folder, clock: Date.now, log, store: null, settings: () => settings });

describe('recordings', () => {
  it('end the session when the disk is full, and take nothing more', async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], {
        stdio: 'ignore',
      });
    } catch {
      context.skip();
    }
    try {
      recordings = await open();
      const ended: string[] = [];
      const onFailure = ({ message }: { message: string }) => void ended.push(message);
      const recording = await recordings.begin({ about, required: true, onFailure });
      const more = async () => {
        for (let n = 0; n < 2000; n += 1)
          await recording.note({ ...answer, tag: 'x'.repeat(1000) }, 1);
      };
      await expect(more()).rejects.toBeInstanceOf(RefusedError);
      expect(ended).toEqual(['the session cannot be recorded: the disk is full']);
      expect(() => recording.note(answer, 1)).toThrow('the disk is full');
      await recording.close(null);
    } finally {
      execFileSync('umount', [folder], { stdio: 'ignore' });
    }
  });

  it('notice that their file was removed', async () => {
    recordings = await open();
    const ended: string[] = [];
    const recording = await recordings.begin({
      ...{ about, required: true },
      onFailure: ({ code }) => void ended.push(code),
    });
    await rm(path.join(folder, 'ses_1'), { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await expect(recording.note(answer, 1)).rejects.toMatchObject({
      refusal: { code: 'RECORDING_UNAVAILABLE' },
    });
    expect(ended).toEqual(['RECORDING_UNAVAILABLE']);
    await recording.close(null);
  });

  it('let a session go on without where that is optional', async () => {
    recordings = await open();
    await rm(folder, { recursive: true });
    const onFailure = () => expect.unreachable();
    const recording = await recordings.begin({ about, required: false, onFailure });
    expect(recording.note(answer, 1)).toBeUndefined();
  });

  it('leave a bad one alone, and show one that was cut off', async () => {
    recordings = await open();
    const onFailure = () => expect.unreachable();
    const recording = await recordings.begin({ about, required: true, onFailure });
    await recording.note(answer, 1);
    execFileSync('mkdir', [path.join(folder, 'ses_bad')]);
    await writeFile(path.join(folder, 'ses_bad', 'meta.json'), '{');
    const [cut] = (await open()).list();
    expect([cut?.live, cut?.meta.endedAt]).toEqual([false, null]);
    await recording.close(null);
    const lines = (await readFile(path.join(folder, 'ses_1', 'session.ndjson'), 'utf8')).split(
      '\n',
    );
    expect(lines.map((line) => line && (JSON.parse(line).type ?? 'head'))).toEqual([
      ...['head', 'answer', 'ended', ''],
    ]);
  });
});

describe('retention', () => {
  const meta = (id: string, endedAt: number) =>
    ({ id, endedAt, startedAt: 0 }) as Parameters<typeof expired>[0][number]['meta'];
  const kept = [meta('old', 10), meta('mid', 50), meta('new', 90)].map((each) => ({
    ...{ meta: each, bytes: 100 },
  }));

  it('removes what is too old, and the oldest of what is too much', () => {
    const ids = (limits: Parameters<typeof expired>[1]) =>
      expired(kept, limits, 100).map(({ meta: { id }, why }) => `${id} ${why}`);
    expect(ids({ keepForMs: null, keepBytes: null })).toEqual([]);
    expect(ids({ keepForMs: 60, keepBytes: null })).toEqual(['old age']);
    expect(ids({ keepForMs: null, keepBytes: 200 })).toEqual(['old size']);
  });
});
