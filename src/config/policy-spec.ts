import type {
  ChainSpec,
  HttpMatch,
  KubernetesMatch,
  PolicySpec,
  RuleSpec,
  SqlMatch,
  SshMatch,
} from '../core/rules.ts';
import type { ChainDocument, GatewayDocument, RuleDocument } from './gateway-schema.ts';
import { present } from './present.ts';

export function policySpec(document: GatewayDocument, revision: string): PolicySpec {
  return {
    rules: document.rules.map(ruleSpec),
    chains: mapValues(document.chains, chainSpec),
    policies: mapValues(document.policies, (rules) => rules.map(ruleSpec)),
    unmatched: document.defaults.unmatched,
    revision,
  };
}

function ruleSpec({ principals, sql, ssh, http, kubernetes, ...rule }: RuleDocument): RuleSpec {
  return {
    ...present(rule),
    ...(principals !== undefined && { principals: present(principals) }),
    ...(sql !== undefined && { sql: present(sql) satisfies SqlMatch }),
    ...(ssh !== undefined && { ssh: present(ssh) satisfies SshMatch }),
    ...(http !== undefined && { http: httpMatch(http) }),
    ...(kubernetes !== undefined && { kubernetes: present(kubernetes) satisfies KubernetesMatch }),
  };
}

function httpMatch({ graphql, ...http }: NonNullable<RuleDocument['http']>): HttpMatch {
  return { ...present(http), ...(graphql !== undefined && { graphql: present(graphql) }) };
}

function chainSpec({ stages, approveWithin, runWithin, fallback }: ChainDocument): ChainSpec {
  return {
    stages: stages.map(present),
    approveWithinMs: approveWithin,
    runWithinMs: runWithin,
    fallback,
  };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
