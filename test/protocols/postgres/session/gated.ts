import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createOperationGate, type DecisionEvent } from '../../../../src/core/gate.ts';
import type { Masking } from '../../../../src/core/masking.ts';
import type { Principal } from '../../../../src/core/principal.ts';
import type { SessionNote } from '../../../../src/core/recording.ts';
import { RefusedError } from '../../../../src/core/refusal.ts';
import type { HeldRequest, RequestMode, RequestState } from '../../../../src/core/request.ts';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { createEphemeralCertificate } from '../../../../src/net/ephemeral-certificate.ts';
import { compilePolicy } from '../../../../src/policy/policy.ts';
import type { Door } from '../../../../src/protocols/adapter.ts';
import { createPostgresAdapter } from '../../../../src/protocols/postgres/adapter.ts';
import type { SessionLimits } from '../../../../src/protocols/postgres/session.ts';
import { loadSqlParser } from '../../../../src/protocols/postgres/sql/parser.ts';
import type { PostgresTarget } from '../../../../src/protocols/postgres/target.ts';
import { openStore } from '../../../../src/store/store.ts';
import { createSigningApprovals, type SigningApprovals } from '../../../approvals/signing.ts';
import type { PostgresPeer } from '../../../peers/postgres.ts';
import { keptNotes, type Numbered } from '../../../recording/kept-notes.ts';

export const engineer = person('engineer', ['engineering']);
export const reviewer = person('reviewer', ['dba']);

export interface GatedOptions {
  readonly rules?: readonly RuleSpec[];
  readonly mode?: RequestMode;
  readonly limits?: Partial<SessionLimits>;
  readonly target?: Partial<PostgresTarget>;
  readonly reminderMs?: number;
  readonly masking?: Masking;
}

export type Upstream = Pick<PostgresPeer, 'host' | 'port' | 'database' | 'user' | 'password'>;

/** The adapter on a loopback port, with real rules, approvals and store, before a real server. */
export interface Gated extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly approvals: SigningApprovals;
  readonly decisions: readonly DecisionEvent[];
  /** What the recorder was told, of all sessions. */
  readonly notes: readonly SessionNote[];
  readonly numbered: readonly Numbered[];
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
  { name: 'reads pass', sql: { class: ['read', 'session', 'transaction'] }, then: 'allow' },
  {
    name: 'writes need a DBA',
    sql: { class: ['write', 'ddl', 'opaque'] },
    then: 'review',
    chain: 'dba',
  },
  { name: 'no drops', sql: { statements: ['drop_table'] }, then: 'deny', message: 'no drops here' },
];

export async function startGated(peer: Upstream, options: GatedOptions = {}): Promise<Gated> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-gated-'));
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
  const ending = new AbortController();
  const draining = new AbortController();
  const decisions: DecisionEvent[] = [];
  const recorder = keptNotes();
  const connection = { name: 'pg-test', revision: 'sha256:connection', labels: {} };
  const adapter = createPostgresAdapter({
    parser: await loadSqlParser(),
    certificate: createEphemeralCertificate(),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const target: PostgresTarget = {
    host: peer.host,
    port: peer.port,
    database: peer.database,
    databases: [],
    user: peer.user,
    password: new Secret(peer.password),
    tls: { mode: 'disable', ca: null, cert: null, key: null },
    trustedFunctions: [],
    ...options.target,
  };
  const mode = options.mode ?? 'live';
  const door: Door<PostgresTarget> = {
    principal: engineer,
    admit: async () => ({
      kind: 'admitted',
      grant: {
        sessionId: 'ses_test',
        target,
        connection,
        principal: engineer,
        mode,
        gate: createOperationGate({
          principal: engineer,
          connection,
          mode,
          reason: null,
          idempotencyKey: null,
          sessionId: 'ses_test',
          policy,
          approvals,
          tap: {
            held: () => {},
            decided: (event) => void decisions.push(event),
            outcomeLost: () => {},
          },
          reminderMs: options.reminderMs ?? 60_000,
        }),
        recorder,
        signal: AbortSignal.any([ending.signal]),
        masking: options.masking ?? null,
        draining: AbortSignal.any([draining.signal]),
        ended: () => {},
      },
    }),
  };
  const serving = new Set<Promise<void>>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    const served = adapter.serve(socket, door).finally(() => serving.delete(served));
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
    port,
    url: `postgres://hoopx@127.0.0.1:${port}/${peer.database}`,
    approvals,
    decisions,
    notes: recorder.notes,
    numbered: recorder.numbered,
    ending,
    draining,
    held,
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
      await Promise.all(serving);
      await approvals.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
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

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 10);
  });
}
