import type { AuditRecord } from '../core/audit-record.ts';
import { isDecisionSigned } from '../core/decision-statement.ts';
import type { KeyRing } from './key-ring.ts';
import type { Story } from './meaning.ts';
import { samePerson } from './quorum.ts';

type Decision = Extract<AuditRecord, { type: 'decision' }>;

/** Why a decision cannot count; null when it may. */
export function decisionProblem(story: Story, record: Decision, ring: KeyRing): string | null {
  const { submitted, decisions, intent, ended } = story;
  const { request, by, at } = record;
  if (ended || intent !== null) return `${request} is decided after it was settled`;
  if (at >= submitted.expiresAt) return `${request} is decided after its time`;
  if (by.kind !== 'human') return `${by.name} decides and is no person`;
  if (samePerson(by, submitted.principal)) return `${by.name} decides a request of their own`;
  if (by.personNamespace !== submitted.principal.personNamespace) {
    return `${by.name} is known to another namespace of people than the requester`;
  }
  if (decisions.some((other) => samePerson(other.by, by))) {
    return `${by.name} decides ${request} a second time`;
  }
  if (record.policyRevision !== submitted.policyRevision) {
    return `${request} is decided under other rules than it was submitted under`;
  }
  return signatureProblem(record, ring);
}

function signatureProblem(record: Decision, ring: KeyRing): string | null {
  const { request, by, operation, decision, policyRevision, signature } = record;
  const found = ring.keyOf(by, signature.keyId);
  if (found === 'unseen') return null;
  if ('problem' in found) return `the decision on ${request} does not count: ${found.problem}`;
  const { time } = signature;
  const statement = { request, operation, decision, policyRevision, time };
  if (isDecisionSigned(found.key.publicKey, statement, signature)) return null;
  return `the decision on ${request} is not what ${by.name} signed`;
}
