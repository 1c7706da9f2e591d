import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.ts';
import { peer } from './require-peer.ts';

export interface SshdOptions {
  /** Lines for sshd_config, in front of the others: the first one counts. */
  readonly config?: readonly string[];
}

/** A throwaway OpenSSH server for the user of the tests, gone with the test process. */
export interface SshdPeer {
  /** 127.0.0.1 */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The private key that opens it. */
  readonly key: string;
  readonly keyFile: string;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  /** `SHA256:…` of the host key. */
  readonly fingerprint: string;
  /** Where it keeps its files; removed at the end. */
  readonly folder: string;
  log(): string;
  /** How many programs it has started so far, as it logs them. */
  started(): number;
  /** Ends the processes of all its sessions, as a crash would. */
  killSessions(): void;
  /** On the same port with the same keys. */
  restart(): Promise<void>;
  shutDown(): Promise<void>;
  stop(): Promise<void>;
}

const host = '127.0.0.1';

/** Throws when there is no sshd: ask `describeWith` first. */
export async function startSshd(options: SshdOptions = {}): Promise<SshdPeer> {
  const program = peer('sshd');
  if (program === null) throw new Error('no sshd here');
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-sshd-'));
  const at = (name: string) => path.join(folder, name);
  await Promise.all([makeKey(at('host')), makeKey(at('user')), mkdir(at('home'))]);
  const port = await freePort();
  await writeFile(at('authorized_keys'), await readFile(at('user.pub')));
  await writeFile(at('sshd_config'), [...(options.config ?? []), ...configOf(at, port)].join('\n'));
  await writeFile(at('log'), '');
  let server = await run(program, at, port);
  const hostKey = publicKey(await readFile(at('host.pub'), 'utf8'));
  return {
    ...{ host, port, folder, hostKey },
    user: userInfo().username,
    key: await readFile(at('user'), 'utf8'),
    keyFile: at('user'),
    fingerprint: await fingerprint(at('host.pub')),
    log: () => readFileSync(at('log'), 'utf8'),
    started: () => readFileSync(at('log'), 'utf8').split('Starting session').length - 1,
    killSessions: () => {
      if (server.pid !== undefined) killBelow(server.pid);
    },
    async restart() {
      await end(server);
      server = await run(program, at, port);
    },
    shutDown: () => end(server),
    async stop() {
      await end(server);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function configOf(at: (name: string) => string, port: number): readonly string[] {
  return [
    `Port ${port}`,
    `ListenAddress ${host}`,
    `HostKey ${at('host')}`,
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    `PidFile ${at('pid')}`,
    'LogLevel VERBOSE',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'AllowTcpForwarding yes',
    'GatewayPorts no',
    'AcceptEnv LC_* HOOPX_*',
    // What people have in their own .bashrc is no part of the tests.
    `SetEnv HOME=${at('home')}`,
    'PrintMotd no',
    'PrintLastLog no',
    'MaxStartups 200',
    'MaxSessions 200',
    'Subsystem sftp internal-sftp',
    'Subsystem echo /bin/cat',
    '',
  ];
}

async function run(
  program: string,
  at: (name: string) => string,
  port: number,
): Promise<ChildProcess> {
  const child = spawn(program, ['-D', '-f', at('sshd_config'), '-E', at('log')], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  endWhenGone(child);
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) {
      throw new Error(`sshd did not start: ${await readFile(at('log'), 'utf8')}`);
    }
    if (await answers(port)) return child;
    await pause(25);
  }
  throw new Error('sshd does not answer');
}

/** A shell that ends the server as soon as this process is gone, however it went. */
export function endWhenGone({ pid }: ChildProcess): void {
  const script = 'cat >/dev/null; kill "$1" 2>/dev/null';
  const reaper = spawn('sh', ['-c', script, 'reaper', `${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  reaper.stdin.on('error', () => {});
  reaper.unref();
  if ('unref' in reaper.stdin && typeof reaper.stdin.unref === 'function') reaper.stdin.unref();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  if (child.pid !== undefined) killBelow(child.pid);
  child.kill('SIGTERM');
  await gone;
}

/** Parents first: none of them can then tell how its child has ended. */
function killBelow(pid: number): void {
  for (const one of below(pid)) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function below(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...below(child)]);
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid: string): number | null {
  try {
    const [, fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\)(?!.*\))/s);
    return Number(fields?.trim().split(' ')[1]);
  } catch {
    return null;
  }
}

async function makeKey(file: string): Promise<void> {
  const child = spawn('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  await once(child, 'exit');
}

async function fingerprint(file: string): Promise<string> {
  const child = spawn('ssh-keygen', ['-l', '-f', file]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(child, 'close');
  return said.split(' ')[1] ?? '';
}

function publicKey(line: string): string {
  return line.trim().split(' ').slice(0, 2).join(' ');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
