import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import about from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The tarball as a user gets it, in a folder that knows nothing of this one. */
describe('the packed program', () => {
  let folder: string;
  let tarball: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hoopx-packed-'));
    // dist/ is fresh: building again here would pull it from under other tests.
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const { stdout } = await execa('npm', pack, { cwd: root });
    const [{ filename }] = JSON.parse(stdout);
    tarball = path.join(folder, filename);
    await writeFile(path.join(folder, 'package.json'), '{"private":true}\n');
    await npm('install', '--no-audit', '--no-fund', tarball, 'node@22');
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function npm(...args: string[]) {
    return execa('npm', args, { cwd: folder });
  }
  /** With this Node. */
  function hoopx(...args: string[]) {
    const program = path.join(folder, 'node_modules', '.bin', 'hoopx');
    return execa(process.execPath, [program, ...args], options(folder));
  }
  function hoopxOnNode22(...args: string[]) {
    const node = path.join(folder, 'node_modules', '.bin', 'node');
    const program = path.join(folder, 'node_modules', '.bin', 'hoopx');
    return execa(node, [program, ...args], options(folder));
  }

  test('a wrong command is a usage error', async () => {
    const { exitCode, stderr } = await hoopx('conect');
    expect(stderr).toContain('conect is not a hoopx command');
    expect(exitCode).toBe(64);
  });

  test('publint finds nothing to say about the tarball', async () => {
    const { stdout, exitCode } = await execa('publint', ['--strict', tarball], {
      cwd: root,
      preferLocal: true,
      reject: false,
    });
    expect(stdout).toContain('All good!');
    expect(exitCode).toBe(0);
  });

  test('npx hoopx --version says which', async () => {
    const { stdout } = await execa('npx', ['hoopx', '--version'], options(folder));
    expect(stdout).toMatch(new RegExp(`^hoopx/${about.version} \\S+ node-v\\d+`));
  });

  test('hoopx --help lists commands and topics', async () => {
    const { stdout, stderr, exitCode } = await hoopx('--help');
    expect(stdout).toMatch(/^ {2}login /m);
    expect(stdout).toMatch(/^ {2}requests /m);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  test('a command loads from it, and fails as documented', async () => {
    const { exitCode } = await hoopx('whoami', '--gateway', 'https://127.0.0.1:9');
    expect(exitCode).toBe(4);
  });

  test('it runs on Node 22 too', async () => {
    expect((await hoopxOnNode22('--version')).stdout).toMatch(/ node-v22\./);
    const { stdout, stderr } = await hoopxOnNode22('--help');
    expect(stdout).toMatch(/^ {2}login /m);
    expect(stderr).toBe('');
  });
});

/** A home of its own: no login and no configuration of whoever runs the tests. */
function options(folder: string) {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, HOOPX_CREDENTIALS: 'file' };
  return { cwd: folder, env, extendEnv: false, reject: false, stdin: 'ignore' } as const;
}
