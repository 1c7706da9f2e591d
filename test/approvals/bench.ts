import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestDraft } from '../../src/core/approvals.ts';
import type { Principal } from '../../src/core/principal.ts';
import type { HeldRequest } from '../../src/core/request.ts';
import type { ChainRequirement } from '../../src/core/verdict.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createSigningApprovals } from './signing.ts';

export const silent = { warn: () => {}, error: () => {} };

export function principal(name: string, change: Partial<Principal> = {}): Principal {
  return {
    issuer: 'https://idp.example.com',
    subject: `sub-${name}`,
    kind: 'human',
    name,
    person: name,
    personNamespace: 'corp',
    groups: [],
    groupsClaimMissing: false,
    authenticatedBy: 'oidc corp',
    ...change,
  };
}

export const engineer = principal('engineer', { groups: ['engineering', 'dba'] });
export const agent = principal('agent', { kind: 'agent', person: 'engineer', groups: ['dba'] });
export const reviewer = principal('reviewer', { groups: ['dba'] });
export const reviewer2 = principal('reviewer2', { groups: ['dba', 'security'] });
export const reviewer3 = principal('reviewer3', { groups: ['security'] });
export const stranger = principal('stranger', { groups: ['sales'] });

export function chain(change: Partial<ChainRequirement> = {}): ChainRequirement {
  return {
    name: 'dba',
    stages: [{ groups: ['dba'], count: 1 }],
    approveWithinMs: 60_000,
    runWithinMs: 30_000,
    fallback: 'deny',
    ...change,
  };
}

export function digestOfText(text: string): string {
  return `sha256:${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

export function draft(change: Partial<RequestDraft> = {}): RequestDraft {
  return {
    mode: 'claimable',
    principal: engineer,
    connection: { name: 'pg-prod', revision: 'sha256:1', labels: { env: 'prod' } },
    protocol: 'postgres',
    database: 'app',
    upstreamUser: 'app',
    digest: digestOfText('delete'),
    summary: 'DELETE FROM accounts',
    presentation: {
      statement: 'DELETE FROM accounts',
      parameters: [],
      notes: [],
      outline: [],
      transaction: { state: 'none', ran: [] },
      inputNotReviewed: null,
    },
    reason: null,
    idempotencyKey: null,
    rules: ['writes need a DBA'],
    policyRevision: 'sha256:r1',
    chains: [chain()],
    sessionId: 'ses_1',
    fallback: () => 'deny',
    ...change,
  };
}

export function heldRequest(change: Partial<HeldRequest> = {}): HeldRequest {
  const { fallback: _, ...asked } = draft();
  return {
    ...asked,
    id: 'req_1',
    salt: 'salt',
    version: 1,
    state: 'pending',
    createdAt: 1_000,
    expiresAt: 61_000,
    runBefore: null,
    endedAt: null,
    decisions: [],
    fallbackCause: null,
    cancelledBy: null,
    outcome: null,
    ...change,
  };
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'hoopx-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The service on a real SQLite file, with the clock in the test's hands. */
export async function openBench(
  limits: Parameters<typeof createSigningApprovals>[1]['limits'] = {},
) {
  const folder = temporaryFolder();
  const path = join(folder.path, 'hoopx.db');
  const time = { now: 1_763_900_000_000 };
  let minted = 0;
  const clock = () => time.now;
  const start = (store: Store) =>
    createSigningApprovals(store, {
      clock,
      mintId: () => `req_${++minted}`,
      log: silent,
      limits,
    });
  let store = await openStore({ kind: 'sqlite', path }, clock);
  let approvals = start(store);
  return {
    path,
    time,
    get store() {
      return store;
    },
    get approvals() {
      return approvals;
    },
    /** As if the gateway had been stopped hard and started again. */
    async restart() {
      await approvals.stop();
      await store.close();
      store = await openStore({ kind: 'sqlite', path }, clock);
      approvals = start(store);
      await approvals.recover();
    },
    async close() {
      await approvals.stop();
      await store.close();
      folder.remove();
    },
  };
}

export type Bench = Awaited<ReturnType<typeof openBench>>;

/** Submits, and fails the test unless that gives a request. */
export async function submitted(bench: Bench, change: Partial<RequestDraft> = {}) {
  const submission = await bench.approvals.submit(draft(change));
  if (submission.kind === 'refused') throw new Error(submission.refusal.code);
  return submission;
}

export function decision(
  request: HeldRequest,
  kind: 'approve' | 'deny' | 'request_changes' = 'approve',
  reason: string | null = null,
) {
  return { kind, digest: request.digest, reason };
}
