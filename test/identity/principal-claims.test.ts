import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IdentityConfig } from '../../src/config/gateway-config.ts';
import { claimAt } from '../../src/identity/claim-path.ts';
import { IdentityError } from '../../src/identity/identity-error.ts';
import { principalOf } from '../../src/identity/principal-claims.ts';

const identity: IdentityConfig = {
  name: 'corp',
  issuer: 'https://idp.example.com',
  clientId: 'hoopx',
  clientSecret: null,
  audience: null,
  scopes: [],
  groupsClaim: 'realm_access.roles',
  personClaim: 'email',
  ownerClaim: 'owner',
  kind: { claim: 'hoopx.kind' },
  personNamespace: 'people',
  clockSkewSeconds: 0,
};

const person = { sub: 's-1', email: 'Alice@Example.com', hoopx: { kind: 'human' } };

function refusal(claims: Record<string, unknown>, change: Partial<IdentityConfig> = {}): string {
  try {
    principalOf({ ...identity, ...change }, claims);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return error.code;
  }
}

describe('the name by which rules know a principal', () => {
  const bySubject = { ...identity, personClaim: 'sub' };
  const nameOf = (claims: Record<string, unknown>) =>
    principalOf(bySubject, { ...person, ...claims }).name;

  test.each([undefined, false, 'false', 'yes', 1])(
    'is no address with email_verified %j',
    (email_verified) => {
      expect(nameOf({ email_verified, preferred_username: 'root' })).toBe('s-1');
    },
  );

  test.each([true, 'true'])('is an address with email_verified %j', (email_verified) => {
    expect(nameOf({ email_verified })).toBe('Alice@Example.com');
  });
});

describe('claims that make no principal', () => {
  test.each(['agent', 'ci'])('%s without an owner', (kind) => {
    expect(refusal({ ...person, hoopx: { kind } })).toBe('OWNER_MISSING');
    const owned = { ...person, hoopx: { kind }, owner: 'bob@example.com' };
    expect(refusal(owned, { ownerClaim: null })).toBe('OWNER_MISSING');
    expect(refusal({ ...owned, owner: ' ' })).toBe('CLAIM_INVALID');
    expect(refusal(owned)).toBe('accepted');
  });

  test.each([undefined, 'robot', 'Human', 1, ['human']])('a kind of %j', (kind) => {
    expect(refusal({ ...person, hoopx: { kind } })).toBe('KIND_UNKNOWN');
  });

  test('a human without the claim that tells persons apart', () => {
    expect(refusal({ ...person, email: undefined })).toBe('PERSON_MISSING');
  });

  test('a person by an e-mail address that nobody verified', () => {
    expect(refusal({ ...person, email_verified: false })).toBe('PERSON_MISSING');
  });

  test.each([{}, { sub: '' }, { sub: 7 }])('no subject: %j', (claims) => {
    expect(refusal({ ...person, sub: undefined, ...claims })).toBe('CLAIM_INVALID');
  });

  test('groups that are not names', () => {
    for (const roles of [[1], [{ name: 'dba' }], 7, [''], {}]) {
      expect(refusal({ ...person, realm_access: { roles } })).toBe('CLAIM_INVALID');
    }
  });
});

describe('claims that make a principal', () => {
  test('nested groups, each once', () => {
    const claims = { ...person, realm_access: { roles: ['dba', 'eng', 'dba'] } };
    expect(principalOf(identity, claims)).toMatchObject({
      groups: ['dba', 'eng'],
      groupsClaimMissing: false,
    });
  });

  test('a missing groups claim is no group, and is said; an empty one is not missing', () => {
    expect(principalOf(identity, person)).toMatchObject({ groups: [], groupsClaimMissing: true });
    const empty = { ...person, realm_access: { roles: [] } };
    expect(principalOf(identity, empty)).toMatchObject({ groups: [], groupsClaimMissing: false });
  });

  test('one person whatever the case of their address, as themselves and as an owner', () => {
    const agent = { sub: 'a', hoopx: { kind: 'agent' }, owner: 'ALICE@example.com ' };
    expect(principalOf(identity, agent).person).toBe(principalOf(identity, person).person);
  });
});

describe('claim paths', () => {
  test('the exact name comes before a path, and parts may hold dots', () => {
    expect(claimAt({ 'a.b': 1, a: { b: 2 } }, 'a.b')).toBe(1);
    expect(claimAt({ 'https://x.example/groups': ['g'] }, 'https://x.example/groups')).toEqual([
      'g',
    ]);
    expect(claimAt({ r: { 'my.app': { roles: ['g'] } } }, 'r.my.app.roles')).toEqual(['g']);
    expect(claimAt({ 'https://x.example': { a: 1 } }, 'https://x.example.a')).toBe(1);
  });

  test('nothing inherited is a claim', () => {
    for (const path of ['constructor', '__proto__', 'a.constructor.name', 'toString']) {
      expect(claimAt({ a: {} }, path)).toBeUndefined();
    }
  });

  test('any JSON and any path give a value of that JSON or nothing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (claims, path) => {
        const found = claimAt(claims, path);
        if (found !== undefined) expect(JSON.stringify(claims)).toContain(JSON.stringify(found));
      }),
    );
  });
});
