import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DigestInput, digestOf, operationDigest } from '../../src/core/digest.ts';

const input: DigestInput = {
  connection: 'pg-prod',
  connectionRevision: 'sha256:c1',
  protocol: 'postgres',
  database: 'app',
  upstreamUser: 'app',
  principal: { issuer: 'https://idp.example.com', subject: 'sub-1' },
  action: { kind: 'query', text: 'DELETE FROM accounts WHERE id = 7', parameters: [] },
};

const text = fc.string({ unit: 'binary' });
const inputs: fc.Arbitrary<DigestInput> = fc.record({
  connection: text,
  connectionRevision: text,
  protocol: text,
  database: text,
  upstreamUser: text,
  principal: fc.record({ issuer: text, subject: text }),
  action: fc.dictionary(
    text.filter((key) => key !== '__proto__'),
    fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text), fc.constant(null)),
  ),
});

/** Every place of the input where something can be changed, with how. */
const changes: readonly [name: string, change: (from: DigestInput) => DigestInput][] = [
  ['connection', (from) => ({ ...from, connection: `${from.connection}x` })],
  ['revision', (from) => ({ ...from, connectionRevision: `${from.connectionRevision}x` })],
  ['protocol', (from) => ({ ...from, protocol: `${from.protocol}x` })],
  ['database', (from) => ({ ...from, database: `${from.database}x` })],
  ['upstream user', (from) => ({ ...from, upstreamUser: `${from.upstreamUser}x` })],
  [
    'issuer',
    (from) => ({ ...from, principal: { ...from.principal, issuer: `${from.principal.issuer}x` } }),
  ],
  [
    'subject',
    (from) => ({
      ...from,
      principal: { ...from.principal, subject: `${from.principal.subject}x` },
    }),
  ],
  ['action', (from) => ({ ...from, action: { ...from.action, added: `${Math.random()}` } })],
];

describe('operationDigest', () => {
  it('is this for this operation, on every machine and in every version', () => {
    expect(operationDigest(input)).toBe(
      'sha256:5f580d97e1b4d01e70e5bec7bd1a1147f7a25f855ba52981fc5d4801219f7dfc',
    );
    expect(
      operationDigest({ ...input, action: { text: '\u20ac\u0000\ud83d\ude00', n: 1e21 } }),
    ).toBe('sha256:0c38ba4b0f6b6e84845f37ce55e1e4ff072c909f4d80b1317a7c7bb1f899dad8');
  });

  it('is a plain SHA-256 over domain, NUL and canonical JSON, which others can recompute', () => {
    const json =
      '{"action":{"kind":"query","parameters":[],"text":"DELETE FROM accounts WHERE id = 7"},' +
      '"connection":"pg-prod","connectionRevision":"sha256:c1","database":"app",' +
      '"principal":{"issuer":"https://idp.example.com","subject":"sub-1"},' +
      '"protocol":"postgres","upstreamUser":"app"}';
    const hash = createHash('sha256').update(`hoopx.operation/v1\0${json}`).digest('hex');
    expect(operationDigest(input)).toBe(`sha256:${hash}`);
  });

  it.each(changes)('changes with the %s', (_, change) => {
    fc.assert(
      fc.property(inputs, (from) => operationDigest(change(from)) !== operationDigest(from)),
    );
  });

  it('does not confuse where one field ends and the next begins', () => {
    const moved = { ...input, database: 'ap', upstreamUser: 'papp' };
    expect(operationDigest(moved)).not.toBe(operationDigest(input));
  });

  it('ignores the order of keys, and everything of the principal but who it is', () => {
    const action = { parameters: [], text: input.action.text ?? '', kind: 'query' };
    const principal = { ...input.principal, groups: ['dba'], name: 'someone else' };
    expect(operationDigest({ ...input, action, principal })).toBe(operationDigest(input));
  });

  it('is another in another domain', () => {
    expect(digestOf('hoopx.connection/v1', input)).not.toBe(digestOf('hoopx.operation/v1', input));
  });

  it('refuses what JSON cannot say', () => {
    expect(() => digestOf('x', undefined)).toThrow(TypeError);
    expect(() => digestOf('x', { a: Number.NaN })).toThrow();
    expect(() => digestOf('x', { a: '\ud800' })).toThrow();
  });
});
