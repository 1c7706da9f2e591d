import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typedCommand } from '../../src/demo/invocation.ts';

describe('what a person types in another terminal', () => {
  let root: string;
  let script: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'hoopx-typed-'));
    script = path.join(root, 'package', 'bin', 'run.js');
    for (const folder of ['package/bin', 'bin', 'other', 'project/node_modules/.bin']) {
      await mkdir(path.join(root, folder), { recursive: true });
    }
    await writeFile(script, '');
    await writeFile(path.join(root, 'other', 'hoopx'), '');
    await symlink(script, path.join(root, 'bin', 'hoopx'));
    await symlink(script, path.join(root, 'project/node_modules/.bin/hoopx'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const typed = (cwd: string, ...folders: string[]) =>
    typedCommand(
      { script },
      path.join(root, cwd),
      folders.map((f) => path.join(root, f)).join(':'),
    );

  test('hoopx, where PATH leads to this very program', () => {
    expect(typed('project', 'bin')).toBe('hoopx');
  });

  test('not hoopx, where PATH leads to another one', () => {
    expect(typed('package', 'other', 'bin')).toBe('node bin/run.js');
  });

  test('npx, where only npm put it on PATH', () => {
    expect(typed('project', 'project/node_modules/.bin')).toBe('npx hoopx');
  });

  test('the script itself, from a clone or from elsewhere', () => {
    expect(typed('package')).toBe('node bin/run.js');
    expect(typed('other')).toBe(`node ${script}`);
  });
});
