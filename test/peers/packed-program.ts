import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningDemo {
  /** The line that `hoopx dev --json` prints. */
  readonly line: unknown;
  /** As Ctrl-C does. Resolves with its exit code. */
  interrupt(): Promise<number | undefined>;
}

/** The tarball, installed in a folder that knows nothing of this one. */
export interface PackedProgram {
  readonly folder: string;
  readonly tarball: string;
  npx(...args: string[]): Promise<Ended>;
  hoopx(node: NodeVersion, ...args: string[]): Promise<Ended>;
  demo(node: NodeVersion): Promise<RunningDemo>;
  remove(): Promise<void>;
}

export type NodeVersion = 'this Node' | 'Node 22';

/** Takes a minute or so: it installs what a user would, and Node 22 beside it. */
export async function installPacked(): Promise<PackedProgram> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-packed-'));
  // As root, the demo's PostgreSQL runs under another account, from this folder.
  await chmod(folder, 0o755);
  // dist/ is fresh: building again here would pull it from under other tests.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await execa('npm', pack, { cwd: root });
  const [{ filename }] = JSON.parse(stdout);
  const tarball = path.join(folder, filename);
  await writeFile(path.join(folder, 'package.json'), '{"private":true}\n');
  const install = ['install', '--no-audit', '--no-fund', tarball, 'node@22'];
  await execa('npm', install, { cwd: folder });

  const bin = (name: string) => path.join(folder, 'node_modules', '.bin', name);
  const nodes = { 'this Node': process.execPath, 'Node 22': bin('node') };
  const env = { PATH: process.env.PATH ?? '', HOME: folder, HOOPX_CREDENTIALS: 'file' };
  const options = { cwd: folder, env, extendEnv: false, reject: false, stdin: 'ignore' } as const;
  return {
    folder,
    tarball,
    npx: async (...args) => ended(await execa('npx', args, options)),
    hoopx: async (node, ...args) =>
      ended(await execa(nodes[node], [bin('hoopx'), ...args], options)),
    async demo(node) {
      const child = execa(nodes[node], [bin('hoopx'), 'dev', '--json', '--port', '0'], options);
      const lines = createInterface(child.stdout);
      const first = await Promise.race([once(lines, 'line'), child.then(unexpectedEnd)]);
      return {
        line: JSON.parse(String(first[0])),
        async interrupt() {
          child.kill('SIGINT');
          return (await child).exitCode;
        },
      };
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function ended(result: { exitCode?: number; stdout: string; stderr: string }): Ended {
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

function unexpectedEnd(result: { exitCode?: number; stderr: string }): never {
  throw new Error(`the demo ended with ${result.exitCode}: ${result.stderr}`);
}
