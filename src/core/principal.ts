export type PrincipalKind = 'human' | 'ci' | 'agent';

/**
 * Who acts, as a verified token says. `person` is the human that this principal counts as
 * when approvals are counted: itself, or the owner of a CI job or agent.
 */
export interface Principal {
  readonly issuer: string;
  readonly subject: string;
  readonly kind: PrincipalKind;
  /** For people to read: an e-mail address or user name, else the subject. */
  readonly name: string;
  readonly person: string;
  /** Only principals of one namespace can be compared as persons. */
  readonly personNamespace: string;
  readonly groups: readonly string[];
  /** Said by `whoami`: no groups because the token had no such claim, not an empty one. */
  readonly groupsClaimMissing: boolean;
  /** How the principal proved itself, for the reviewer: "oidc corp". */
  readonly authenticatedBy: string;
}

/** One string per principal, for keys and comparisons. */
export function principalKey(principal: Pick<Principal, 'issuer' | 'subject'>): string {
  return JSON.stringify([principal.issuer, principal.subject]);
}

/** One string per person, equal for a person and for their agents and CI jobs. */
export function personKey(principal: Pick<Principal, 'personNamespace' | 'person'>): string {
  return JSON.stringify([principal.personNamespace, principal.person]);
}
