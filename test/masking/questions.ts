import type { MaskingRule } from '../../src/core/masking.ts';
import type { Principal } from '../../src/core/principal.ts';
import { Secret } from '../../src/core/secret.ts';
import type { MaskingQuestion } from '../../src/masking/applies.ts';
import { compileMasking } from '../../src/masking/masking-policy.ts';

export const key = 'a key of the tests, long enough';

export const ann: Principal = {
  issuer: 'https://idp.example.com',
  subject: 'sub-ann',
  kind: 'human',
  name: 'ann@example.com',
  person: 'sub-ann',
  personNamespace: 'corp',
  groups: ['engineering', 'dba'],
  groupsClaimMissing: false,
  authenticatedBy: 'oidc corp',
};

export const annsAgent: Principal = { ...ann, subject: 'sub-bot', name: 'bot', kind: 'agent' };

export const prod = { name: 'pg-prod', labels: { env: 'prod' } };

export function ruleWith(parts: Partial<MaskingRule>): MaskingRule {
  return {
    name: null,
    columns: [],
    paths: [],
    detectors: [],
    patterns: {},
    strategy: 'redact',
    key: null,
    secrets: null,
    unmask: null,
    ...parts,
  };
}

/** What a session of Ann's on pg-prod masks, or of whom and where it is said. */
export function maskingOf(rules: readonly MaskingRule[], question: Partial<MaskingQuestion> = {}) {
  const policy = compileMasking({ rules, key: null }, new Secret(key));
  return policy.maskingFor({ connection: prod, principal: ann, protocol: 'postgres', ...question });
}
