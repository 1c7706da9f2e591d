import type { IdentityConfig } from '../config/gateway-config.ts';
import type { Principal, PrincipalKind } from '../core/principal.ts';
import { claimAt } from './claim-path.ts';
import { IdentityError } from './identity-error.ts';

type Claims = Readonly<Record<string, unknown>>;

/** The principal that verified claims describe. Throws IdentityError where they do not. */
export function principalOf(identity: IdentityConfig, claims: Claims): Principal {
  const subject = textAt(claims, 'sub');
  if (subject === null) throw invalid('sub', 'has no value');
  const kind = kindOf(identity, claims);
  const groups = groupsOf(identity, claims);
  return {
    issuer: identity.issuer,
    subject,
    kind,
    name: nameOf(identity, claims) ?? subject,
    person: kind === 'human' ? personOf(identity, claims) : ownerOf(identity, kind, claims),
    personNamespace: identity.personNamespace,
    groups: groups ?? [],
    groupsClaimMissing: groups === null,
    authenticatedBy: `oidc ${identity.name}`,
  };
}

function kindOf({ kind }: IdentityConfig, claims: Claims): PrincipalKind {
  if (typeof kind === 'string') return kind;
  const value = claimAt(claims, kind.claim);
  if (value === 'human' || value === 'ci' || value === 'agent') return value;
  throw new IdentityError(
    'KIND_UNKNOWN',
    `the token's claim "${kind.claim}" says neither human nor ci nor agent`,
  );
}

function personOf({ personClaim }: IdentityConfig, claims: Claims): string {
  const value = textAt(claims, personClaim);
  if (value === null) {
    throw new IdentityError(
      'PERSON_MISSING',
      `the token does not say which person it is for (claim "${personClaim}")`,
    );
  }
  // Anyone may claim an address that nobody checked, and would then count as its owner.
  if (personClaim === 'email' && isUnverifiedEmail(claims)) {
    throw new IdentityError('PERSON_MISSING', "the token's e-mail address is not verified");
  }
  return normalPerson(value);
}

function ownerOf({ ownerClaim }: IdentityConfig, kind: PrincipalKind, claims: Claims): string {
  const owner = ownerClaim === null ? null : textAt(claims, ownerClaim);
  if (owner !== null) return normalPerson(owner);
  const where = ownerClaim === null ? 'no ownerClaim is configured' : `claim "${ownerClaim}"`;
  throw new IdentityError('OWNER_MISSING', `the token of a ${kind} names no owner (${where})`);
}

/** One spelling for one person: addresses differ in case between providers. */
function normalPerson(value: string): string {
  const text = value.normalize('NFC').trim();
  return text.includes('@') ? text.toLowerCase() : text;
}

/** Null when there is no such claim. Some providers give a single group as a string. */
function groupsOf({ groupsClaim }: IdentityConfig, claims: Claims): readonly string[] | null {
  const value = claimAt(claims, groupsClaim);
  if (value === undefined) return null;
  const groups: readonly unknown[] = Array.isArray(value) ? value : [value];
  // Left out, an odd one might be the group that a deny rule is about.
  if (!groups.every(isText)) throw invalid(groupsClaim, 'is not a list of names');
  return [...new Set(groups)];
}

/**
 * Rules name users by this, so it must not be a claim that people choose for themselves
 * (OpenID Connect Core 1.0, 5.7: preferred_username is no identifier). An address that the
 * provider does not vouch for counts only where the configuration makes it the person.
 */
function nameOf({ personClaim }: IdentityConfig, claims: Claims): string | null {
  const vouched = claims.email_verified === true || claims.email_verified === 'true';
  const trusted = vouched || (personClaim === 'email' && !isUnverifiedEmail(claims));
  return trusted ? textAt(claims, 'email') : null;
}

function isUnverifiedEmail(claims: Claims): boolean {
  return claims.email_verified === false || claims.email_verified === 'false';
}

function textAt(claims: Claims, path: string): string | null {
  const value = claimAt(claims, path);
  if (value === undefined) return null;
  if (!isText(value) || value.trim() === '') throw invalid(path, 'is not text');
  return value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function invalid(claim: string, why: string): IdentityError {
  return new IdentityError('CLAIM_INVALID', `the token's claim "${claim}" ${why}`);
}
