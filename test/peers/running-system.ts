import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { writeDemoNote } from '../../src/config/client-demo-note.ts';
import { type ControlClient, createControlClient } from '../../src/control/client.ts';
import type { RequestView } from '../../src/control/contract.ts';
import { makeCertificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { type PostgresPeer, startPostgres } from './postgres.ts';
import { startProvider, type TestProvider } from './provider.ts';
import { configText } from './system-config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = path.join(root, 'bin', 'run.js');

export interface SystemOptions {
  readonly tokenSeconds?: number;
  /** Where the store is; default: beside the configuration. */
  readonly store?: string;
  readonly approveWithin?: string;
  /** Lines for postgresql.conf. */
  readonly postgres?: Readonly<Record<string, string>>;
  /** Beside `pg-test`: YAML, one connection or rule in each, in braces. */
  readonly connections?: readonly string[];
  readonly rules?: readonly string[];
  /** The value of `audit`, YAML in braces. */
  readonly audit?: string;
  /** The value of `recording`, YAML in braces. */
  readonly recording?: string;
  /** The value of `tracing`, YAML in braces. */
  readonly tracing?: string;
  readonly operators?: string;
  /** PEM file of an authority that the gateway trusts besides. */
  readonly authority?: string;
  /** One rule in each, YAML in braces. */
  readonly masking?: readonly string[];
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, with what it has said so far. */
export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ran>;
  /** Resolves once it has said that, on either. */
  said(text: string | RegExp): Promise<void>;
}

export interface GatewayProcess {
  pid(): number;
  log(): string;
  /** With more in its environment. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** However it ends; by a signal: its code is null. */
  ended(): Promise<Ran | null>;
  kill9(): Promise<void>;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
}

/** The built program as processes of their own, with a real server and a real provider. */
export interface RunningSystem extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly postgres: PostgresPeer;
  readonly provider: TestProvider;
  readonly gateway: GatewayProcess;
  client(account: string): ControlClient;
  /** Starts hoopx as an account. */
  start(account: string, args: readonly string[], how?: StartOptions): Promise<Running>;
  /** Runs hoopx as an account to its end. */
  run(account: string, ...args: string[]): Promise<Ran>;
  /** `connect`, to `pg-test` unless told otherwise, and its port. */
  connect(account: string, how?: ConnectOptions): Promise<Running & { readonly port: number }>;
  /** What an account's hoopx finds in its environment. */
  environment(account: string): Promise<Readonly<Record<string, string>>>;
  /** Any program, ended with the system. */
  spawn(file: string, args: readonly string[], how?: StartOptions): Running;
  held(): Promise<RequestView>;
  approve(id: string, account?: string): Promise<void>;
  /** The only request of that text, once it is in one of these states. */
  reached(id: string, ...states: readonly string[]): Promise<RequestView>;
}

export interface StartOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Keep stdout here instead of reading it. */
  readonly stdout?: 'pipe' | 'ignore' | number;
}

export interface ConnectOptions extends StartOptions {
  readonly connection?: string;
}

export async function startSystem(options: SystemOptions = {}): Promise<RunningSystem> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-system-'));
  const { tokenSeconds } = options;
  const [postgres, provider, certificates, port] = await Promise.all([
    startPostgres({ config: options.postgres ?? {} }),
    startProvider(tokenSeconds === undefined ? {} : { tokenSeconds }),
    makeCertificates(),
    freePort(),
  ]);
  const url = `https://127.0.0.1:${port}`;
  const ca = path.join(folder, 'ca.pem');
  await writeFile(ca, certificates.ca);
  await writeFile(path.join(folder, 'cert.pem'), certificates.cert);
  await writeFile(path.join(folder, 'key.pem'), certificates.key, { mode: 0o600 });
  const config = path.join(folder, 'hoopx.gateway.yaml');
  await writeFile(config, configText({ port, postgres, provider, options }));
  const state = path.join(folder, 'state', 'hoopx');
  await writeDemoNote(
    { state, config: path.join(folder, 'config', 'hoopx') },
    {
      ...{ gateway: url, ca, dir: folder, issuer: provider.issuer },
      ...{ pid: process.pid, startedAt: Date.now() },
    },
  );

  const running = new Set<ChildProcess>();
  const tokens = new Map<string, Promise<string>>();
  const own = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    XDG_STATE_HOME: path.join(folder, 'state'),
    XDG_CONFIG_HOME: path.join(folder, 'config'),
    HOOPX_CREDENTIALS: 'file',
    HOOPX_GATEWAY: url,
    HOOPX_CA: ca,
    PG_PASSWORD: postgres.password,
    ...(options.authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: options.authority }),
  };

  function token(account: string): Promise<string> {
    const known = tokens.get(account) ?? provider.tokenFor(account);
    tokens.set(account, known);
    return known;
  }

  function launch(file: string, args: readonly string[], how: StartOptions = {}): Running {
    const stdio = [how.input === undefined ? 'ignore' : 'pipe', how.stdout ?? 'pipe', 'pipe'];
    const child = spawn(file, args, {
      env: { ...own, ...how.env },
      stdio: stdio as ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.on('error', () => {});
    return follow(child, how.input, () => running.delete(child));
  }

  async function start(account: string, args: readonly string[], how: StartOptions = {}) {
    const env = { HOOPX_TOKEN: await token(account), ...how.env };
    return launch(process.execPath, [program, ...args], { ...how, env });
  }

  const environment = async (account: string) => ({ ...own, HOOPX_TOKEN: await token(account) });

  let gateway: Running | null = null;
  const gatewayProcess: GatewayProcess = {
    pid: () => gateway?.child.pid ?? 0,
    log: () => gateway?.stderr() ?? '',
    async start(env = {}) {
      const args = [program, 'gateway', 'start', '--config', config];
      gateway = launch(process.execPath, args, { env });
      await gateway.said('the gateway listens');
    },
    ended: async () => (await gateway?.ended) ?? null,
    async kill9() {
      gateway?.child.kill('SIGKILL');
      await gateway?.ended;
    },
    async stop() {
      gateway?.child.kill('SIGTERM');
      await gateway?.ended;
    },
  };
  const client = (account: string) =>
    createControlClient({ url, ca: certificates.ca, token: () => token(account) });

  async function reached(id: string, ...states: readonly string[]): Promise<RequestView> {
    let seen: RequestView | null = null;
    const state = async () => {
      seen = await client('reviewer')
        .request(id)
        .catch(() => null);
      return states.includes(seen?.state ?? '');
    };
    await expect.poll(state, { timeout: 30_000, interval: 50, message: states.join() }).toBe(true);
    if (seen === null) throw new Error('no request');
    return seen;
  }

  await gatewayProcess.start();
  return {
    ...{ url, folder, postgres, provider, client, start, reached, environment, spawn: launch },
    gateway: gatewayProcess,
    run: async (account, ...args) => (await start(account, args)).ended,
    async connect(account, how = {}) {
      const { connection = 'pg-test' } = how;
      const tunnel = await start(account, ['connect', connection, '--json'], how);
      await tunnel.said('"port":');
      const { port: local }: { port: number } = JSON.parse(tunnel.stdout());
      return { ...tunnel, port: local };
    },
    async held() {
      for (;;) {
        const page = await client('reviewer').listRequests({ state: ['pending'] });
        const [request] = page.items;
        if (request !== undefined) return request;
        await pause(20);
      }
    },
    async approve(id, account = 'reviewer') {
      const { digest } = await client(account).request(id);
      await client(account).decide(id, { kind: 'approve', digest });
    },
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill('SIGKILL');
      await Promise.all([provider.close(), postgres.stop()]);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function follow(child: ChildProcess, input: string | undefined, gone: () => void): Running {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      stderr += `${line}\n`;
    });
  }
  if (input !== undefined) child.stdin?.on('error', () => {}).end(input);
  const ended = once(child, 'close').then(([code]) => {
    gone();
    return { code: typeof code === 'number' ? code : null, stdout, stderr };
  });
  return {
    child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    async said(text) {
      const has = () => {
        const all = stdout + stderr;
        return typeof text === 'string' ? all.includes(text) : text.test(all);
      };
      const until = Date.now() + 40_000;
      while (!has()) {
        if (child.exitCode !== null || Date.now() > until) {
          throw new Error(`it never said ${text}:\n${stdout}\n${stderr}`);
        }
        await pause(20);
      }
    },
  };
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** Resident memory of a process in MiB, now or at its highest. */
export async function residentMb(pid: number, which: 'VmRSS' | 'VmHWM' = 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
}
