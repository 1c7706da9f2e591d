import { describe, expect, onTestFinished, test } from 'vitest';
import type { IdentityError } from '../../src/identity/identity-error.ts';
import { createTokenVerifier } from '../../src/identity/verifier.ts';
import { type HandIssuer, startHandIssuer } from './hand-issuer.ts';

async function setUp(path = '') {
  const issuer = await startHandIssuer(path);
  onTestFinished(() => issuer[Symbol.asyncDispose]());
  let now = Date.now();
  const verifier = createTokenVerifier([issuer.identity], { clock: () => now });
  const outcome = async (token: string) => {
    try {
      return (await verifier.verify(token)).principal.subject;
    } catch (error) {
      return (error as IdentityError).code;
    }
  };
  const token = (header = {}) => issuer.sign(claimsFor(issuer, now), header);
  return {
    issuer,
    outcome,
    token,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

function claimsFor(issuer: HandIssuer, now: number) {
  const iat = Math.floor(now / 1000);
  return { iss: issuer.url, sub: 'alice', aud: 'hoopx', iat, exp: iat + 100_000 };
}

const down = () => ({ status: 503, body: '' });

describe('signing keys', () => {
  test('are refused while the provider cannot be reached, and fetched once it can', async () => {
    const { issuer, outcome, token, pass } = await setUp();
    issuer.answer(down);
    expect(await outcome(await token())).toBe('PROVIDER_UNAVAILABLE');
    issuer.answer(null);
    pass(1_500);
    expect(await outcome(await token())).toBe('alice');
  });

  test('go on working while the provider is down, but not for ever', async () => {
    const { issuer, outcome, token, pass } = await setUp();
    const early = await token();
    expect(await outcome(early)).toBe('alice');
    issuer.answer(down);
    pass(3_600_000);
    expect(await outcome(early)).toBe('alice');
    pass(23.5 * 3_600_000);
    expect(await outcome(early)).toBe('PROVIDER_UNAVAILABLE');
    issuer.answer(null);
    pass(31_000);
    expect(await outcome(early)).toBe('alice');
  });

  test('are fetched once more for an unknown key, then not until the cool-down is over', async () => {
    const { issuer, outcome, token, pass } = await setUp();
    expect(await outcome(await token())).toBe('alice');
    expect(issuer.keyReads()).toBe(1);
    pass(31_000);
    expect(await outcome(await token({ kid: 'made-up-1' }))).toBe('KEY_UNKNOWN');
    expect(issuer.keyReads()).toBe(2);
    for (const kid of ['made-up-2', 'made-up-3']) {
      expect(await outcome(await token({ kid }))).toBe('KEY_UNKNOWN');
    }
    expect(issuer.keyReads()).toBe(2);
    pass(31_000);
    expect(await outcome(await token({ kid: 'made-up-4' }))).toBe('KEY_UNKNOWN');
    expect(issuer.keyReads()).toBe(3);
  });

  test('follow a rotation, and a withdrawn key no longer signs', async () => {
    const { issuer, outcome, token, pass } = await setUp();
    const before = await token();
    expect(await outcome(before)).toBe('alice');
    await issuer.rotate('second');
    pass(31_000);
    expect(await outcome(await token())).toBe('alice');
    expect(await outcome(before)).toBe('KEY_UNKNOWN');
  });

  test('are withdrawn within ten minutes even if no token names the new one', async () => {
    const { issuer, outcome, token, pass } = await setUp();
    const before = await token();
    expect(await outcome(before)).toBe('alice');
    await issuer.rotate('second');
    pass(601_000);
    expect(await outcome(before)).toBe('KEY_UNKNOWN');
  });

  test('are asked for once by many tokens at a time', async () => {
    const { issuer, outcome, token } = await setUp();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => token()));
    expect(new Set(await Promise.all(tokens.map(outcome)))).toEqual(new Set(['alice']));
    expect(issuer.keyReads()).toBe(1);
  });

  test('are found below an issuer with a path', async () => {
    const { outcome, token } = await setUp('/realms/corp');
    expect(await outcome(await token())).toBe('alice');
  });

  test.each([
    ['another issuer', JSON.stringify({ issuer: 'https://other.example', jwks_uri: 'https://x' })],
    ['keys without TLS', JSON.stringify({ issuer: 'ISSUER', jwks_uri: 'http://10.0.0.1/keys' })],
    ['no keys', JSON.stringify({ issuer: 'ISSUER' })],
    ['no JSON', '<html>'],
  ])('are not believed where the metadata names %s', async (_title, body) => {
    const { issuer, outcome, token } = await setUp();
    issuer.answer((path) =>
      path.includes('.well-known')
        ? { status: 200, body: body.replace('ISSUER', issuer.url) }
        : null,
    );
    expect(await outcome(await token())).toBe('PROVIDER_INVALID');
  });

  test('are not believed beyond a size', async () => {
    const { issuer, outcome, token } = await setUp();
    issuer.answer(() => ({ status: 200, body: 'x'.repeat(600_000) }));
    expect(await outcome(await token())).toBe('PROVIDER_UNAVAILABLE');
  });
});
