import type { PrincipalKind } from '../core/principal.ts';

/** Someone who can log in at the demo's provider; there are no passwords. */
export interface DemoAccount {
  /** Also the `sub` claim, and how `login --as` calls it. */
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly groups: readonly string[];
  /** The account that a CI job or an agent belongs to. */
  readonly owner?: string;
}

/** `ci` and `agent` belong to `engineer`; either reviewer can decide what the others ask for. */
export const demoAccounts: readonly DemoAccount[] = [
  { name: 'engineer', kind: 'human', groups: ['engineering'] },
  { name: 'reviewer', kind: 'human', groups: ['engineering', 'dba'] },
  { name: 'reviewer2', kind: 'human', groups: ['engineering', 'dba'] },
  { name: 'ci', kind: 'ci', groups: ['engineering'], owner: 'engineer' },
  { name: 'agent', kind: 'agent', groups: ['engineering'], owner: 'engineer' },
];

/** The claims of an account's tokens, beside those of the protocol. */
export function claimsOf(account: DemoAccount): Record<string, string | string[] | boolean> {
  const claims = {
    preferred_username: account.name,
    email: `${account.name}@demo.invalid`,
    email_verified: true,
    groups: [...account.groups],
    kind: account.kind,
  };
  return account.owner === undefined ? claims : { ...claims, owner: account.owner };
}
