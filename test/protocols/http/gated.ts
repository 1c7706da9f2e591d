import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createOperationGate, type DecisionEvent } from '../../../src/core/gate.ts';
import type { Masking } from '../../../src/core/masking.ts';
import type { Principal } from '../../../src/core/principal.ts';
import { RefusedError } from '../../../src/core/refusal.ts';
import type { HeldRequest, RequestMode, RequestState } from '../../../src/core/request.ts';
import type { RuleSpec } from '../../../src/core/rules.ts';
import { compilePolicy } from '../../../src/policy/policy.ts';
import type { Door, ProtocolAdapter } from '../../../src/protocols/adapter.ts';
import { createHttpAdapter } from '../../../src/protocols/http/adapter.ts';
import { createHttpDialect, httpWords } from '../../../src/protocols/http/http-dialect.ts';
import type { HttpLimits } from '../../../src/protocols/http/limits.ts';
import type { HttpTarget } from '../../../src/protocols/http/target.ts';
import { openStore } from '../../../src/store/store.ts';
import { createSigningApprovals, type SigningApprovals } from '../../approvals/signing.ts';
import { keptNotes, type Numbered } from '../../recording/kept-notes.ts';

export interface GatedOptions {
  readonly rules?: readonly RuleSpec[];
  readonly masking?: Masking;
  readonly mode?: RequestMode;
  readonly limits?: Partial<HttpLimits>;
  readonly target?: Partial<HttpTarget>;
}

/** The adapter on a loopback port, with real rules, approvals and store, before a real server. */
export interface Gated extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly approvals: SigningApprovals;
  readonly decisions: readonly DecisionEvent[];
  /** What the recorders were told, of all sessions. */
  readonly numbered: readonly Numbered[];
  /** Sessions that are open now. */
  readonly open: ReadonlySet<string>;
  /** What the adapter threw: always our own fault. */
  readonly faults: readonly unknown[];
  /** Ends every session with the reason. */
  readonly ending: AbortController;
  readonly draining: AbortController;
  /** The one pending request, once it is there. */
  held(): Promise<HeldRequest>;
  approve(request?: HeldRequest): Promise<void>;
  deny(reason: string): Promise<void>;
  /** The newest request, once it is in that state. */
  reached(state: RequestState): Promise<HeldRequest>;
}

export const standardRules: readonly RuleSpec[] = [
  { name: 'reads pass', http: { method: ['GET', 'HEAD', 'OPTIONS'] }, then: 'allow' },
  { name: 'open posts', http: { method: ['POST'], path: ['/open', '/open/*'] }, then: 'allow' },
  {
    name: 'streams pass',
    http: {
      class: ['plain', 'opaque'],
      method: ['POST', 'PUT', 'GET', 'DELETE'],
      path: ['/stream', '/stream/*'],
    },
    then: 'allow',
  },
  { name: 'writes need a DBA', http: { path: ['/held', '/held/*'] }, then: 'review', chain: 'dba' },
  { name: 'no secrets', http: { path: ['/secret', '/secret/*'] }, then: 'deny', message: 'no' },
];

export type Peer = Pick<HttpTarget, 'host' | 'port'>;

export const noTls = { ca: null, cert: null, key: null, serverName: null };

export async function startGated(peer: Peer, options: GatedOptions = {}): Promise<Gated> {
  const adapter = createHttpAdapter({
    dialect: createHttpDialect,
    words: httpWords,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const target: HttpTarget = {
    scheme: 'http',
    ...peer,
    tls: noTls,
    credential: { kind: 'none' },
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    healthPath: '/healthz',
    graphql: false,
    hosts: [],
    rewriteRedirects: false,
    ...options.target,
  };
  return startGate({ ...options, adapter, target });
}

export interface GateOptions<Target> extends Pick<GatedOptions, 'rules' | 'mode' | 'masking'> {
  readonly adapter: ProtocolAdapter<Target>;
  readonly target: Target;
  readonly principal?: Principal;
}

/** Any adapter that is spoken over HTTP, likewise. */
export async function startGate<Target>(options: GateOptions<Target>): Promise<Gated> {
  const { adapter, target, principal = engineer } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-http-'));
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
  const ending = new AbortController();
  const draining = new AbortController();
  const decisions: DecisionEvent[] = [];
  const faults: unknown[] = [];
  const recorder = keptNotes();
  const open = new Set<string>();
  const policy = compiled(options.rules ?? standardRules);
  const connection = { name: 'http-test', revision: 'sha256:connection', labels: {} };
  const mode = options.mode ?? 'live';
  let sessions = 0;
  const door: Door<Target> = {
    principal,
    admit: async () => {
      sessions += 1;
      const sessionId = `ses_${sessions}`;
      open.add(sessionId);
      return {
        kind: 'admitted',
        grant: {
          ...{ sessionId, target, connection, principal, mode },
          recorder,
          gate: createOperationGate({
            ...{ principal, connection, mode, sessionId, policy, approvals },
            reason: null,
            idempotencyKey: null,
            tap: {
              held: () => {},
              decided: (event) => void decisions.push(event),
              outcomeLost: () => {},
            },
            reminderMs: 60_000,
          }),
          signal: AbortSignal.any([ending.signal]),
          masking: options.masking ?? null,
          draining: AbortSignal.any([draining.signal]),
          ended: () => void open.delete(sessionId),
        },
      };
    },
  };
  const serving = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  // As the gateway's own server has them.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    const served = adapter
      .serve(socket, door)
      .catch((error: unknown) => void faults.push(error))
      .finally(() => serving.delete(served));
    serving.add(served);
  });
  const port = await listening(server);

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
    numbered: recorder.numbered,
    ...{ port, approvals, decisions, open, faults, ending, draining, held },
    url: `http://127.0.0.1:${port}`,
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
    async [Symbol.asyncDispose]() {
      server.close();
      ending.abort(new RefusedError({ code: 'SESSION_KILLED', message: 'the test is over' }));
      // Clients connect ahead; such a connection has no session that could end.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      await Promise.all(serving);
      await approvals.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      if (faults.length > 0) throw new AggregateError(faults, 'the adapter failed');
    },
  };
}

function compiled(rules: readonly RuleSpec[]) {
  return compilePolicy({
    rules,
    chains: {
      dba: {
        stages: [{ groups: ['dba'], count: 1 }],
        approveWithinMs: 60_000,
        runWithinMs: 60_000,
        fallback: 'deny',
      },
    },
    policies: {},
    unmatched: 'deny',
    revision: 'sha256:test',
  });
}

const engineer = person('engineer', ['engineering']);
const reviewer = person('reviewer', ['dba']);

export function person(name: string, groups: readonly string[]): Principal {
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

/** A thousand clients may come before this process gets to accept the first. */
const backlog = 2048;

export function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog }, () => {
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
