import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createOperationGate, type DecisionEvent } from '../../../../src/core/gate.ts';
import type { Masking } from '../../../../src/core/masking.ts';
import type { Principal } from '../../../../src/core/principal.ts';
import type { SessionRecorder } from '../../../../src/core/recording.ts';
import { RefusedError } from '../../../../src/core/refusal.ts';
import type { HeldRequest, RequestMode, RequestState } from '../../../../src/core/request.ts';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { compilePolicy } from '../../../../src/policy/policy.ts';
import type { Admission, Door } from '../../../../src/protocols/adapter.ts';
import { createSshAdapter } from '../../../../src/protocols/ssh/adapter.ts';
import { createHostKey } from '../../../../src/protocols/ssh/host-key.ts';
import type { SshLimits } from '../../../../src/protocols/ssh/limits.ts';
import type { SshTarget } from '../../../../src/protocols/ssh/target.ts';
import { openStore } from '../../../../src/store/store.ts';
import { createSigningApprovals, type SigningApprovals } from '../../../approvals/signing.ts';
import type { SshdPeer } from '../../../peers/sshd.ts';
import { keptNotes } from '../../../recording/kept-notes.ts';

export const engineer = person('engineer', ['engineering']);
export const reviewer = person('reviewer', ['ops']);

export interface GatedOptions {
  readonly rules?: readonly RuleSpec[];
  readonly mode?: RequestMode;
  readonly limits?: Partial<SshLimits>;
  readonly target?: Partial<SshTarget>;
  readonly reminderMs?: number;
  /** The socket of the user's agent, for `ssh -A`. */
  readonly agent?: string;
  /** In place of the session that a client would get. */
  readonly masking?: Masking;
  readonly admission?: Admission<SshTarget>;
  readonly recorder?: SessionRecorder;
}

export interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The adapter on a loopback port, with real rules, approvals and store, before a real server. */
export interface Gated extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** Options for OpenSSH's clients; the host is called `target`. */
  readonly options: readonly string[];
  readonly approvals: SigningApprovals;
  readonly decisions: readonly DecisionEvent[];
  /** Ends every session with the reason. */
  readonly ending: AbortController;
  readonly draining: AbortController;
  /** Sessions that are served now. */
  sessions(): number;
  /** What failed inside; empty but for a fault of ours. */
  readonly failures: readonly unknown[];
  /** The one pending request, once it is there. */
  held(): Promise<HeldRequest>;
  approve(request?: HeldRequest): Promise<void>;
  deny(reason: string): Promise<void>;
  /** The newest request, once it is in that state. */
  reached(state: RequestState): Promise<HeldRequest>;
  /** OpenSSH's client, started. */
  ssh(...args: readonly string[]): Started;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  stdout(): Buffer;
  stderr(): string;
  /** Resolves once standard error, or output, has that. */
  said(text: string): Promise<void>;
}

export const standardRules: readonly RuleSpec[] = [
  {
    name: 'harmless commands pass',
    ssh: { kind: ['exec'], commands: ['echo', 'true', 'exit', 'cat', 'head', 'seq'] },
    then: 'allow',
  },
  {
    name: 'changes need an operator',
    ssh: { commands: ['touch', 'tee', 'sleep', 'printenv', 'kill', 'tty'] },
    then: 'review',
    chain: 'ops',
  },
  { name: 'shells need an operator', ssh: { kind: ['shell'] }, then: 'review', chain: 'ops' },
  { name: 'no reboots', ssh: { commands: ['reboot'] }, then: 'deny', message: 'no reboots here' },
];

export async function startGated(peer: SshdPeer, options: GatedOptions = {}): Promise<Gated> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-ssh-gated-'));
  const store = await openStore({ kind: 'sqlite', path: path.join(folder, 'hoopx.db') });
  let ids = 0;
  const approvals = createSigningApprovals(store, {
    clock: Date.now,
    mintId: () => {
      ids += 1;
      return `req_${ids}`;
    },
    log: { warn: () => {}, error: () => {} },
  });
  await approvals.recover();
  const policy = compilePolicy({
    rules: options.rules ?? standardRules,
    chains: {
      ops: {
        stages: [{ groups: ['ops'], count: 1 }],
        approveWithinMs: 60_000,
        runWithinMs: 60_000,
        fallback: 'deny',
      },
    },
    policies: {},
    unmatched: 'deny',
    revision: 'sha256:test',
  });
  const ending = new AbortController();
  const draining = new AbortController();
  const decisions: DecisionEvent[] = [];
  const failures: unknown[] = [];
  const connection = { name: 'ssh-test', revision: 'sha256:connection', labels: {} };
  const hostKey = createHostKey();
  const adapter = createSshAdapter({
    hostKey,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const mode = options.mode ?? 'live';
  const gate = () =>
    createOperationGate({
      ...{ principal: engineer, connection, mode, policy, approvals },
      reason: null,
      idempotencyKey: null,
      sessionId: 'ses_test',
      tap: {
        held: () => {},
        decided: (event) => void decisions.push(event),
        outcomeLost: () => {},
      },
      reminderMs: options.reminderMs ?? 60_000,
    });
  let sessions = 0;
  const door: Door<SshTarget> = {
    principal: engineer,
    admit: async () => {
      if (options.admission !== undefined) return options.admission;
      sessions += 1;
      return {
        kind: 'admitted',
        grant: {
          ...{ sessionId: 'ses_test', connection, principal: engineer, mode },
          target: targetOf(peer, options.target),
          gate: gate(),
          recorder: options.recorder ?? keptNotes(),
          signal: AbortSignal.any([ending.signal]),
          masking: options.masking ?? null,
          draining: AbortSignal.any([draining.signal]),
          ended: () => {
            sessions -= 1;
          },
        },
      };
    },
  };
  const serving = new Set<Promise<void>>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    const served = adapter
      .serve(socket, door)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => serving.delete(served));
    serving.add(served);
  });
  const port = await listening(server);
  const knownHosts = path.join(folder, 'known_hosts');
  await writeFile(knownHosts, `target ${hostKey.public}\n`);
  const sshOptions = [
    ...['-F', 'none', '-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'GlobalKnownHostsFile=none'],
    ...['-o', 'StrictHostKeyChecking=yes', '-o', 'HostKeyAlias=target', '-o', 'HostName=127.0.0.1'],
    ...['-o', `Port=${port}`, '-o', 'IdentityFile=none', '-o', 'BatchMode=yes'],
    ...['-o', `IdentityAgent=${options.agent ?? 'none'}`],
  ];

  async function held(): Promise<HeldRequest> {
    for (;;) {
      const { items } = await approvals.list({ states: ['pending'] }, null, 10);
      const [request] = items;
      if (request !== undefined) return request;
      await pause();
    }
  }

  async function decide(kind: 'approve' | 'deny', request: HeldRequest, reason: string | null) {
    const { digest } = request;
    const decided = await approvals.decide(request.id, { kind, digest, reason }, reviewer);
    if (decided.kind !== 'done') throw new Error(`not decided: ${JSON.stringify(decided)}`);
  }

  return {
    ...{ port, folder, approvals, decisions, failures, ending, draining, held },
    options: sshOptions,
    sessions: () => sessions,
    approve: async (request) => decide('approve', request ?? (await held()), null),
    deny: async (reason) => decide('deny', await held(), reason),
    async reached(state) {
      for (;;) {
        const { items } = await approvals.list({}, null, 1);
        const [request] = items;
        if (request?.state === state) return request;
        await pause();
      }
    },
    ssh: (...args) =>
      start('ssh', [...sshOptions, ...(args.includes('-l') ? [] : ['-l', 'hoopx']), ...args]),
    async [Symbol.asyncDispose]() {
      server.close();
      ending.abort(new RefusedError({ code: 'SESSION_KILLED', message: 'the test is over' }));
      await Promise.all(serving);
      await approvals.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export function targetOf(peer: SshdPeer, changes: Partial<SshTarget> = {}): SshTarget {
  return {
    host: peer.host,
    port: peer.port,
    user: peer.user,
    users: [],
    key: new Secret(peer.key),
    passphrase: null,
    password: null,
    agent: null,
    hostKey: { kind: 'fingerprints', fingerprints: [peer.fingerprint] },
    jump: null,
    algorithms: { kex: [], ciphers: [], macs: [], hostKeys: [] },
    keepaliveMs: 30_000,
    sftp: false,
    subsystems: [],
    forwarding: { local: false, remote: false },
    agentForwarding: false,
    x11: false,
    environment: [],
    ...changes,
  };
}

/** A program with its output gathered. */
export function start(program: string, args: readonly string[]): Started {
  const child = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  let errors = '';
  child.stdin.on('error', () => {});
  child.stdout.on('data', (chunk: Buffer) => void out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<Ran>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout: Buffer.concat(out), stderr: errors });
    });
  });
  const stdout = () => Buffer.concat(out);
  return {
    ...{ child, ended, stdout },
    stderr: () => errors,
    async said(text) {
      while (!errors.includes(text) && !stdout().includes(text)) {
        if (child.exitCode !== null) throw new Error(`it ended and said only: ${errors}`);
        await pause();
      }
    },
  };
}

function person(name: string, groups: readonly string[]): Principal {
  return {
    issuer: 'https://idp.test',
    subject: name,
    kind: 'human',
    name,
    person: name,
    personNamespace: 'test',
    groups,
    groupsClaimMissing: false,
    authenticatedBy: 'oidc test',
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
    });
  });
}

export function pause(ms = 10): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
