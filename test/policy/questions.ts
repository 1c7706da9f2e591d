import type { SqlFacts, SshFacts } from '../../src/core/facts.ts';
import type { Decidable } from '../../src/core/operation.ts';
import type { PolicyQuestion } from '../../src/core/policy.ts';
import type { Principal } from '../../src/core/principal.ts';
import type { ChainSpec, PolicySpec, RuleSpec } from '../../src/core/rules.ts';

export const alice: Principal = {
  issuer: 'https://idp.example.com',
  subject: 'sub-alice',
  kind: 'human',
  name: 'alice@example.com',
  person: 'sub-alice',
  personNamespace: 'corp',
  groups: ['engineering'],
  groupsClaimMissing: false,
  authenticatedBy: 'oidc corp',
};

export const aliceAgent: Principal = {
  ...alice,
  subject: 'sub-agent',
  kind: 'agent',
  name: 'agent',
};

export function factsOf(facts: Partial<SqlFacts>): SqlFacts {
  return {
    protocol: 'postgres',
    classes: ['read'],
    statements: ['select'],
    reads: [],
    writes: [],
    functions: [],
    where: [],
    copy: [],
    statementCount: 1,
    rowLocks: false,
    into: false,
    maskedPredicate: false,
    ...facts,
  };
}

export function decidableOf(facts: Partial<SqlFacts>, text = 'select 1'): Decidable {
  return { protocol: 'postgres', facts: factsOf(facts), text, summary: text };
}

export function questionOf(
  facts: Partial<SqlFacts>,
  other: Partial<PolicyQuestion> & { readonly text?: string } = {},
): PolicyQuestion {
  return {
    principal: alice,
    connection: { name: 'pg-prod', revision: 'sha256:0', labels: { env: 'prod' } },
    decidable: decidableOf(facts, other.text),
    ...other,
  };
}

/** `ssh host uptime`, unless the facts say otherwise. */
export function sshQuestionOf(facts: Partial<SshFacts>, text = 'uptime'): PolicyQuestion {
  const all: SshFacts = {
    protocol: 'ssh',
    kinds: ['exec'],
    classes: ['plain'],
    commands: [{ name: text.split(' ')[0] ?? '', line: text }],
    paths: [],
    forward: [],
    hosts: [],
    sudo: false,
    redirects: false,
    substitutions: false,
    pty: false,
    environment: [],
    ...facts,
  };
  return {
    principal: alice,
    connection: { name: 'ssh-bastion', revision: 'sha256:0', labels: { env: 'prod' } },
    decidable: { protocol: 'ssh', facts: all, text, summary: text },
  };
}

export const chain: ChainSpec = {
  stages: [{ groups: ['dba'], count: 1 }],
  approveWithinMs: 3_600_000,
  runWithinMs: 1_800_000,
  fallback: 'deny',
};

export function specOf(rules: readonly RuleSpec[], other: Partial<PolicySpec> = {}): PolicySpec {
  return {
    rules,
    chains: { dba: chain, leads: chain },
    policies: {},
    unmatched: 'deny',
    revision: 'sha256:rev',
    ...other,
  };
}
