import { PassThrough, type Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { SshConnectionConfig } from '../../src/config/gateway-config.ts';
import type { RequestView } from '../../src/control/contract.ts';
import type { RuleSpec } from '../../src/core/rules.ts';
import { Secret } from '../../src/core/secret.ts';
import { type ExecCommand, runExecCommand } from '../../src/exec/exec-command.ts';
import { loadAdapters } from '../../src/gateway/adapters.ts';
import { runRemoteCommand } from '../../src/gateway/run-remote-command.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';
import { type SshdPeer, startSshd } from '../peers/sshd.ts';
import { type RemoteResult, remoteResultSchema } from './exec-bench.ts';

const rules: readonly RuleSpec[] = [
  {
    name: 'harmless',
    ssh: { commands: ['echo', 'cat', 'sleep', 'true', 'head', 'wc', 'printf'] },
    then: 'allow',
  },
  {
    name: 'shell lines',
    ssh: {
      class: ['plain', 'opaque'],
      commands: ['exit', 'kill', 'sh', 'bash', 'echo', 'sleep', 'trap', ':'],
    },
    then: 'allow',
  },
  {
    name: 'changes need a reviewer',
    ssh: { commands: ['touch', 'tee', 'dd'] },
    then: 'review',
    chain: 'dba',
  },
  { name: 'no reboot', ssh: { commands: ['reboot'] }, then: 'deny', message: 'not in the daytime' },
];

type Flags = Partial<ExecCommand['flags']>;

export interface RemoteRan {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly talk: string;
}

export interface RemoteOptions {
  readonly flags?: Flags;
  readonly isTerminal?: boolean;
  readonly stdin?: Readable;
  readonly connection?: string | null;
}

/** Real everything: gateway, rules, store, provider, sshd; exec runs in this process. */
export interface RemoteBench extends AsyncDisposable {
  readonly gateway: StartedGateway;
  readonly sshd: SshdPeer;
  exec(words: readonly string[], options?: RemoteOptions): Promise<RemoteRan>;
  /** The same with `--json`. */
  ask(words: readonly string[], flags?: Flags): Promise<{ code: number; result: RemoteResult }>;
  held(): Promise<RequestView>;
  decide(request: RequestView, kind: 'approve' | 'deny', reason?: string): Promise<void>;
  approve(id: string): Promise<void>;
}

export async function startRemoteBench(): Promise<RemoteBench> {
  const sshd = await startSshd();
  const gateway = await startedGateway({
    adapters: await loadAdapters(),
    limits: { reminderMs: 500, stopWithinMs: 500, farewellMs: 500 },
  });
  gateway.configure((config) => {
    const access = config.connections['pg-test']?.access;
    if (access === undefined) throw new Error('no connection');
    const named = (role: string) => ({
      ...connectionTo(sshd, access),
      labels: { env: 'test', role },
    });
    const connections = { ...config.connections, 'ssh-one': named('web'), 'ssh-two': named('db') };
    return { ...config, connections, policy: { ...config.policy, rules } };
  });
  expect(await gateway.reload()).toBe(true);

  async function exec(words: readonly string[], options: RemoteOptions = {}): Promise<RemoteRan> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const printed = Promise.all([readText(stdout), readText(stderr)]);
    const said: string[] = [];
    const stdin: unknown = options.stdin ?? process.stdin;
    const code = await runExecCommand({
      connection: options.connection === undefined ? 'ssh-one' : options.connection,
      words,
      dashed: true,
      flags: {
        json: false,
        csv: false,
        'no-wait': false,
        'max-rows': 10,
        'max-output': 1_048_576,
        ...options.flags,
      },
      control: async () => gateway.client('engineer'),
      remote: async () => runRemoteCommand,
      isTerminal: options.isTerminal ?? false,
      stdin: () => stdin as typeof process.stdin,
      ...{ stdout, stderr, term: 'xterm' },
      talk: (line) => void said.push(line),
    });
    stdout.end();
    stderr.end();
    const [out, err] = await printed;
    return { code, stdout: out, stderr: err, talk: said.join('\n') };
  }

  async function held(): Promise<RequestView> {
    for (;;) {
      const { items } = await gateway.client('reviewer').listRequests({ state: ['pending'] });
      const [request] = items;
      if (request !== undefined) return request;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function decide({ id, digest }: RequestView, kind: 'approve' | 'deny', reason?: string) {
    const decision = { kind, digest, ...(reason === undefined ? {} : { reason }) };
    await gateway.client('reviewer').decide(id, decision);
  }

  return {
    ...{ gateway, sshd, exec, held, decide },
    async ask(words, flags = {}) {
      const { code, stdout } = await exec(words, { flags: { ...flags, json: true } });
      return { code, result: remoteResultSchema.parse(JSON.parse(stdout)) };
    },
    approve: async (id) => decide(await gateway.client('reviewer').request(id), 'approve'),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await sshd.stop();
    },
  };
}

function connectionTo(
  { host, port, user, key, fingerprint }: SshdPeer,
  access: SshConnectionConfig['access'],
): SshConnectionConfig {
  return {
    type: 'ssh',
    ...{ host, port, user, key: new Secret(key), passphrase: null, password: null, agent: null },
    hostKey: { kind: 'fingerprints', fingerprints: [fingerprint] },
    ...{ users: [], jump: null, keepaliveMs: 30_000, sftp: false, subsystems: [] },
    algorithms: { kex: [], ciphers: [], macs: [], hostKeys: [] },
    forwarding: { local: false, remote: false },
    ...{ agentForwarding: false, x11: false, environment: [] },
    ...{ labels: {}, access, revision: 'sha256:ssh' },
  };
}
