import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInputFile, remoteCommandOf } from '../../src/exec/command-source.ts';

const run = promisify(execFile);

describe('the command of exec', () => {
  it.each([
    [[], true, false, 'no command'],
    [[], true, true, 'no command'],
    [[' \n'], false, true, 'no command'],
    [['df', '-h'], true, true, 'one shell line'],
    [['df', '-h'], false, false, 'put --'],
  ])('refuses %j (behind --: %s, raw: %s): 64', (words, dashed, raw, message) => {
    const ask = () => remoteCommandOf({ words, dashed }, raw);
    expect(ask).toThrow(expect.objectContaining({ exitCode: 64 }));
    expect(ask).toThrow(message);
  });

  it('takes a shell line as it is, from either side of --', () => {
    for (const dashed of [true, false]) {
      const line = "df -h | tail -n +2; echo '$x'";
      expect(remoteCommandOf({ words: [line], dashed }, true)).toBe(line);
    }
  });

  it('is what a shell reads as exactly these words', async () => {
    const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (rest) => {
        const words = ['printf', '%s\\0', ...rest, 'last'];
        const { stdout } = await run('sh', ['-c', remoteCommandOf({ words, dashed: true }, false)]);
        expect(stdout.split('\0').slice(0, -1)).toEqual([...rest, 'last']);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a file of input', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hoopx-input-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is refused when it cannot be read, and when it is larger than 1 MiB: 64', async () => {
    const large = path.join(folder, 'large');
    await writeFile(large, Buffer.alloc(1024 * 1024 + 1));
    for (const file of [large, folder, path.join(folder, 'none')]) {
      await expect(readInputFile(file, '--stdin')).rejects.toMatchObject({ exitCode: 64 });
    }
  });

  it('is read as it is, up to 1 MiB', async () => {
    const file = path.join(folder, 'whole');
    const bytes = Buffer.alloc(1024 * 1024, Buffer.of(0, 255, 10, 13));
    await writeFile(file, bytes);
    expect((await readInputFile(file, '--stdin')).equals(bytes)).toBe(true);
    await writeFile(file, '');
    expect((await readInputFile(file, '--stdin')).length).toBe(0);
  });
});
