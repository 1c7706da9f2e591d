import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withFileLock } from '../../src/identity/file-lock.ts';
import { stateFolder } from './logged-in.ts';

const options = { patienceMs: 20_000, staleAfterMs: 60_000 };

describe('a file lock', () => {
  test('is not given to a second one in time: then nothing is run', async () => {
    const file = path.join(await stateFolder(), 'a.lock');
    let ran = false;
    const inner = await withFileLock(file, options, () =>
      withFileLock(file, { ...options, patienceMs: 100 }, async () => {
        ran = true;
      }),
    );
    expect({ inner, ran }).toEqual({ inner: { value: null }, ran: false });
  });

  test('lets one work at a time', async () => {
    const file = path.join(await stateFolder(), 'a.lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await delay(5);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 10 }, () => withFileLock(file, options, work)));
    expect({ most, inside }).toEqual({ most: 1, inside: 0 });
  });

  test('is let go of when the work fails', async () => {
    const folder = await stateFolder();
    const file = path.join(folder, 'a.lock');
    const failing = withFileLock(file, options, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['of a process that is gone', '4194304 x', 0],
    ['that is too old', `${process.ppid} x`, 120],
    ['that was never finished, and is too old', '', 120],
  ])('%s is taken over, by one at a time', async (_title, mark, ageSeconds) => {
    const folder = await stateFolder();
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, 'a.lock');
    await writeFile(file, mark);
    const then = Date.now() / 1000 - ageSeconds;
    await utimes(file, then, then);
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await delay(5);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 6 }, () => withFileLock(file, options, work)));
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });
});
