import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/store.ts';

async function place(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-key-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, 'hoopx.db');
}

async function keyBeside(file: string): Promise<string> {
  const store = await openStore({ kind: 'sqlite', path: file });
  await store.close();
  return store.maskingKey.reveal();
}

it('a file that holds no key is refused, and left as it is', async () => {
  const file = await place();
  for (const text of ['', 'short\n', `${'x'.repeat(43)}`]) {
    await writeFile(`${file}.masking-key`, text);
    await expect(keyBeside(file)).rejects.toMatchObject({
      code: 'MASKING_KEY_UNUSABLE',
      exitCode: 78,
    });
    expect(await readFile(`${file}.masking-key`, 'utf8')).toBe(text);
  }
});

it('the key is made once, for this user alone, and stays', async () => {
  const file = await place();
  const key = await keyBeside(file);
  expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
  await chmod(`${file}.masking-key`, 0o644);
  expect(await keyBeside(file)).toBe(key);
  expect((await stat(`${file}.masking-key`)).mode & 0o777).toBe(0o600);
  expect((await readdir(path.dirname(file))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(await keyBeside(await place())).not.toBe(key);
});
