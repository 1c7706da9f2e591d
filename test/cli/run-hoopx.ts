import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { writeDemoNote } from '../../src/config/client-demo-note.ts';
import type { StartedGateway } from '../gateway/started-gateway.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user of their own: home, configuration and state in a folder that goes with the test. */
export interface TestUser {
  readonly home: string;
  readonly state: string;
  run(args: readonly string[], variables?: Readonly<Record<string, string>>): Promise<Ran>;
}

const program = path.join(import.meta.dirname, '..', '..', 'bin', 'run.js');

export async function newUser(): Promise<TestUser> {
  const home = await mkdtemp(path.join(tmpdir(), 'hoopx-user-'));
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  const own = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    XDG_STATE_HOME: path.join(home, 'state'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    HOOPX_CREDENTIALS: 'file',
  };
  return {
    home,
    state: path.join(home, 'state', 'hoopx'),
    run: (args, variables = {}) =>
      new Promise((resolve) => {
        const env = { ...own, ...variables };
        const child = execFile(
          process.execPath,
          [program, ...args],
          { env },
          (error, stdout, stderr) => {
            resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
          },
        );
        child.stdin?.end();
      }),
  };
}

/** What `hoopx dev` does for a gateway of this process. */
export async function noteDemo(user: TestUser, gateway: StartedGateway): Promise<void> {
  const ca = path.join(user.home, 'demo-ca.pem');
  await writeFile(ca, gateway.certificates.ca);
  const paths = { state: user.state, config: path.join(user.home, 'config', 'hoopx') };
  await writeDemoNote(paths, {
    gateway: gateway.url,
    ca,
    dir: user.home,
    issuer: gateway.provider.issuer,
    pid: process.pid,
    startedAt: Date.now(),
  });
}
