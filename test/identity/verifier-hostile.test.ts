import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IdentityError, identityRefusal } from '../../src/identity/identity-error.ts';
import { createTokenVerifier, type TokenVerifier } from '../../src/identity/verifier.ts';
import { type HandIssuer, startHandIssuer } from './hand-issuer.ts';

let issuer: HandIssuer;
let verifier: TokenVerifier;

beforeAll(async () => {
  issuer = await startHandIssuer();
  verifier = createTokenVerifier([issuer.identity], { clock: Date.now });
});

afterAll(() => issuer[Symbol.asyncDispose]());

const seconds = () => Math.floor(Date.now() / 1000);

function claims(change: Record<string, unknown> = {}): Record<string, unknown> {
  const now = seconds();
  return {
    iss: issuer.url,
    sub: 'alice',
    aud: 'hoopx',
    iat: now,
    exp: now + 60,
    groups: ['engineering'],
    ...change,
  };
}

async function refusalOf(token: string, by = verifier): Promise<string> {
  try {
    await by.verify(token);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    expect(identityRefusal(error).code).toBe('LOGIN_EXPIRED');
    return error.code;
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('a token that is refused', () => {
  test('has no signature (alg none)', async () => {
    const bare = `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(claims())}.`;
    expect(await refusalOf(bare)).toBe('ALGORITHM_REFUSED');
    const upper = `${encode({ alg: 'NONE', typ: 'at+jwt' })}.${encode(claims())}.`;
    expect(await refusalOf(upper)).toBe('ALGORITHM_REFUSED');
  });

  test('is signed with the public key as a shared secret (HS256)', async () => {
    const body = `${encode({ alg: 'HS256', kid: 'first', typ: 'at+jwt' })}.${encode(claims())}`;
    const mac = createHmac('sha256', await issuer.publicPem())
      .update(body)
      .digest('base64url');
    expect(await refusalOf(`${body}.${mac}`)).toBe('ALGORITHM_REFUSED');
  });

  test('brings its own key in the header', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = publicKey.export({ format: 'jwk' });
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'RS256', kid: 'first', typ: 'at+jwt', jwk } as never)
      .sign(privateKey);
    expect(await refusalOf(token)).toBe('SIGNATURE_INVALID');
  });

  test('was changed after it was signed', async () => {
    const [header, , signature] = (await issuer.sign(claims())).split('.');
    const forged = [header, encode(claims({ groups: ['dba'] })), signature].join('.');
    expect(await refusalOf(forged)).toBe('SIGNATURE_INVALID');
  });

  test('comes from an issuer that is not configured', async () => {
    const iss = 'https://idp.attacker.example';
    expect(await refusalOf(await issuer.sign(claims({ iss })))).toBe('ISSUER_UNKNOWN');
    const slash = `${issuer.url}/`;
    expect(await refusalOf(await issuer.sign(claims({ iss: slash })))).toBe('ISSUER_UNKNOWN');
    expect(await refusalOf(await issuer.sign(claims({ iss: ['x'] })))).toMatch(/ISSUER|MALFORMED/);
  });

  test.each([
    ['another audience', { aud: 'somebody-else' }],
    ['no audience', { aud: undefined }],
    ['the client as an access token’s audience', { aud: 'hoopx-cli' }],
  ])('has %s', async (_title, change) => {
    expect(await refusalOf(await issuer.sign(claims(change)))).toBe('AUDIENCE_REFUSED');
  });

  test('is an ID token of several audiences for another client', async () => {
    const change = { aud: ['hoopx-cli', 'other'], azp: 'other' };
    const token = await issuer.sign(claims(change), { typ: 'JWT' });
    expect(await refusalOf(token)).toBe('AUDIENCE_REFUSED');
  });

  test('has expired, by however little', async () => {
    expect(await refusalOf(await issuer.sign(claims({ exp: seconds() })))).toBe('TOKEN_EXPIRED');
  });

  test('never expires', async () => {
    expect(await refusalOf(await issuer.sign(claims({ exp: undefined })))).toBe('CLAIM_INVALID');
    expect(await refusalOf(await issuer.sign(claims({ exp: '9e9' })))).toBe('CLAIM_INVALID');
  });

  test.each(['nbf', 'iat'])('starts (%s) later than the skew allows', async (claim) => {
    const soon = await issuer.sign(claims({ [claim]: seconds() + 20 }));
    expect(await refusalOf(soon)).toBe('accepted');
    const late = await issuer.sign(claims({ [claim]: seconds() + 45 }));
    expect(await refusalOf(late)).toBe('TOKEN_NOT_YET_VALID');
  });

  test('starts later than any configured skew may allow', async () => {
    const generous = { ...issuer.identity, clockSkewSeconds: 1e9 };
    const other = createTokenVerifier([generous], { clock: Date.now });
    const now = seconds();
    const token = await issuer.sign(claims({ nbf: now + 400, exp: now + 900 }));
    expect(await refusalOf(token, other)).toBe('TOKEN_NOT_YET_VALID');
  });

  test.each([
    ['a logout token', { typ: 'logout+jwt' }, {}],
    ['a logout token of an older kind', { typ: 'JWT' }, { events: {} }],
    ['a DPoP proof', { typ: 'dpop+jwt' }, {}],
    ['bound to a key that a bearer need not have', {}, { cnf: { jkt: 'x' } }],
  ])('is %s', async (_title, header, change) => {
    expect(await refusalOf(await issuer.sign(claims(change), header))).toBe('TOKEN_TYPE_REFUSED');
  });

  test('asks for an extension that nobody here knows (crit)', async () => {
    const body = `${encode({ alg: 'RS256', kid: 'first', crit: ['x'], x: 1 })}.${encode(claims())}`;
    expect(await refusalOf(`${body}.AAAA`)).toMatch(/SIGNATURE_INVALID|TOKEN_MALFORMED/);
  });

  test('is huge', async () => {
    const groups = Array.from({ length: 2_000 }, (_, index) => `group-${index}`);
    expect(await refusalOf(await issuer.sign(claims({ groups })))).toBe('TOKEN_TOO_LARGE');
  });

  test.each(['', '.', '..', 'a.b.c', 'é', '{"alg":"RS256"}', `${encode({ alg: 'RS256' })}..`])(
    'is no token: %j',
    async (text) => {
      expect(await refusalOf(text)).toBe('TOKEN_MALFORMED');
    },
  );

  test('was logged out', async () => {
    const token = await issuer.sign(claims());
    const { hash } = await verifier.verify(token);
    const revocations = { isRevoked: async (other: string) => other === hash };
    const other = createTokenVerifier([issuer.identity], { clock: Date.now, revocations });
    expect(await refusalOf(token, other)).toBe('TOKEN_REVOKED');
    expect(await refusalOf(await issuer.sign(claims({ jti: '2' })), other)).toBe('accepted');
  });

  test('fits two entries of one issuer, and names the client of neither', async () => {
    const people = { ...issuer.identity, name: 'people', clientId: 'cli' };
    const robots = { ...issuer.identity, name: 'robots', clientId: 'ci', kind: 'ci' as const };
    const other = createTokenVerifier([people, robots], { clock: Date.now });
    const unclear = await issuer.sign(claims({ owner: 'bob' }));
    expect(await refusalOf(unclear, other)).toBe('IDENTITY_AMBIGUOUS');
    const clear = await issuer.sign(claims({ owner: 'bob', client_id: 'ci' }));
    const { principal } = await other.verify(clear);
    expect(principal).toMatchObject({ kind: 'ci', person: 'bob', authenticatedBy: 'oidc robots' });
  });
});

describe('a token that is accepted', () => {
  test('names its principal, its end and its hash', async () => {
    const exp = seconds() + 60;
    const verified = await verifier.verify(await issuer.sign(claims({ exp })));
    expect(verified).toMatchObject({
      principal: {
        issuer: issuer.url,
        subject: 'alice',
        kind: 'human',
        person: 'alice',
        personNamespace: 'corp',
        groups: ['engineering'],
        groupsClaimMissing: false,
        authenticatedBy: 'oidc corp',
      },
      expiresAt: exp * 1000,
    });
    expect(verified.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is an ID token for the client', async () => {
    const token = await issuer.sign(claims({ aud: 'hoopx-cli' }), { typ: 'JWT' });
    expect((await verifier.verify(token)).principal.subject).toBe('alice');
  });
});
