import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readClientConfig } from '../../src/config/client-config.ts';

let folder: string;
const home = process.cwd();

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hoopx-client-config-'));
});

afterEach(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true, force: true });
});

describe('the CLI’s configuration', () => {
  it('runs no code that lies in the working folder', async () => {
    await mkdir(path.join(folder, '.config'));
    const trap = 'globalThis.hoopxTrapped = true; module.exports = {};';
    for (const name of ['config.js', 'config.cjs']) {
      await writeFile(path.join(folder, '.config', name), trap);
    }
    await writeFile(path.join(folder, 'config.yaml'), 'gateway: https://gateway.test\n');
    process.chdir(folder);
    const config = await readClientConfig({ config: folder, state: folder });
    expect(config.gateway).toBe('https://gateway.test');
    expect(globalThis).not.toHaveProperty('hoopxTrapped');
  });

  it('refuses an unknown key, naming it', async () => {
    await writeFile(path.join(folder, 'config.json'), '{"gatway": "https://gateway.test"}');
    await expect(readClientConfig({ config: folder, state: folder })).rejects.toThrow(/gatway/);
  });
});
