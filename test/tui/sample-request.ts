import type { PrincipalView, RequestView } from '../../src/control/contract.ts';

export const noon = Date.parse('2026-05-03T12:00:00Z');

export function samplePrincipal(changes: Partial<PrincipalView> = {}): PrincipalView {
  return {
    name: 'engineer',
    subject: 'engineer',
    issuer: 'https://idp.example.com',
    kind: 'human',
    person: 'engineer',
    groups: ['engineering'],
    groupsClaimMissing: false,
    authenticatedBy: 'oidc corp',
    ...changes,
  };
}

type Changes = Partial<Omit<RequestView, 'presentation'>> & {
  readonly presentation?: Partial<RequestView['presentation']>;
};

export function sampleRequest(changes: Changes = {}): RequestView {
  const statement = 'DELETE FROM accounts\nWHERE closed_at < $1';
  const { presentation, ...rest } = changes;
  return {
    id: 'req_01',
    salt: 'salt',
    version: 1,
    state: 'pending',
    mode: 'live',
    createdAt: new Date(noon).toISOString(),
    expiresAt: new Date(noon + 3_600_000).toISOString(),
    runBefore: null,
    endedAt: null,
    principal: samplePrincipal(),
    connection: { name: 'pg-demo', revision: 'sha256:00', labels: { env: 'demo' } },
    protocol: 'postgres',
    database: 'app',
    upstreamUser: 'app_owner',
    digest: `sha256:${'ab'.repeat(32)}`,
    summary: 'DELETE FROM accounts WHERE closed_at < $1',
    presentation: {
      statement,
      parameters: [{ type: 'date', value: '2020-01-01' }],
      notes: [],
      outline: [],
      transaction: { state: 'none', ran: [] },
      inputNotReviewed: null,
      ...presentation,
    },
    reason: 'closing old accounts, see OPS-311',
    idempotencyKey: null,
    rules: ['writes need a reviewer'],
    policyRevision: 'sha256:11',
    chains: [
      {
        name: 'reviewers',
        stages: [{ groups: ['reviewers'], count: 1 }],
        approveWithinMs: 3_600_000,
        runWithinMs: 1_800_000,
        fallback: 'deny',
      },
    ],
    decisions: [],
    fallbackCause: null,
    cancelledBy: null,
    outcome: null,
    sessionId: 'ses_01',
    awaiting: ['1 of group reviewers (chain reviewers)'],
    mayDecide: true,
    mayNotDecideBecause: null,
    own: false,
    ...rest,
  };
}
