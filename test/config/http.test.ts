import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { fileOf, sampleWith } from './gateway-files.ts';

const first = 'connections:\n';

function written(keys: string): string {
  return sampleWith(
    first,
    `${first}  admin-api: { type: http, access: { groups: [ops] }, ${keys} }\n`,
  );
}

async function load(keys: string) {
  const env = { PG_PROD_PASSWORD: 'x', TOKEN: 'the token' };
  const config = await loadGatewayConfig(await fileOf(written(keys)), env);
  const connection = config.connections['admin-api'];
  if (connection?.type !== 'http') throw new Error('not of type http');
  return connection;
}

describe('an http connection is refused', () => {
  it.each([
    ['a url with a path', 'url: "https://a.test/api"', 'no user, path or query'],
    ['a url with a user', 'url: "https://u:p@a.test"', 'no user, path or query'],
    ['another scheme', 'url: "ftp://a.test"', 'is http:// or https://'],
    ['a token in the file', 'url: "https://a.test", credential: { bearer: abc }', 'secret is not'],
    [
      'two credentials',
      'url: "https://a.test", credential: { bearer: env:TOKEN, basic: { user: u, password: env:TOKEN } }',
      'known are bearer',
    ],
    ['TRACE', 'url: "https://a.test", methods: [TRACE]', 'admin-api.methods'],
    ['TLS settings without TLS', 'url: "http://a.test", tls: { serverName: b.test }', 'https://'],
    ['half a certificate', 'url: "https://a.test", tls: { key: env:TOKEN }', 'both cert and key'],
    ['an unknown key', 'url: "https://a.test", methodes: [GET]', 'did you mean methods'],
  ])('%s', async (_, keys, message) => {
    await expect(load(keys)).rejects.toThrow(message);
  });
});

describe('an http connection', () => {
  it('knows its place, and takes the usual methods', async () => {
    expect(await load('url: "https://admin.internal"')).toMatchObject({
      scheme: 'https',
      host: 'admin.internal',
      port: 443,
      credential: { kind: 'none' },
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      healthPath: null,
    });
    expect(await load('url: "http://[::1]:8080"')).toMatchObject({ host: '::1', port: 8080 });
  });

  it.each([
    ['{ bearer: env:TOKEN }', { kind: 'bearer' }],
    ['{ basic: { user: u, password: env:TOKEN } }', { kind: 'basic', user: 'u' }],
    ['{ header: { name: X-Api-Key, value: env:TOKEN } }', { kind: 'header', name: 'X-Api-Key' }],
    ['{ cookie: { name: sid, value: env:TOKEN } }', { kind: 'cookie', name: 'sid' }],
  ])('shows the credential %s', async (text, shape) => {
    const { credential } = await load(`url: "https://a.test", credential: ${text}`);
    expect(credential).toMatchObject(shape);
    expect(JSON.stringify(credential)).not.toContain('the token');
  });

  it('has another revision where something changes what an approval means', async () => {
    const revision = async (keys: string) => (await load(keys)).revision;
    const before = await revision('url: "https://a.test"');
    expect(await revision('url: "https://b.test"')).not.toBe(before);
    expect(await revision('url: "https://a.test", credential: { bearer: env:TOKEN }')).not.toBe(
      before,
    );
    expect(await revision('url: "https://a.test"')).toBe(before);
  });
});
