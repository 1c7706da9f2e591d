import { expect, it } from 'vitest';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { makeCertificates } from '../peers/certificates.ts';
import { folderOf, sample } from './gateway-files.ts';

const host = 'admin-api.hoopx.example.com';

async function load(browsers: readonly string[], names: readonly string[] | null = [host]) {
  const { cert, key } = await makeCertificates(names ?? [host]);
  const connections = browsers.map(
    (browser, index) =>
      `  api-${index}: { type: http, access: { groups: [ops] }, url: "https://a.test", browser: ${browser} }\n`,
  );
  const tls = names === null ? '' : '  tls: { cert: "file:cert.pem", key: "file:key.pem" }\n';
  const text = sample
    .replace('store:', `${tls}store:`)
    .replace('connections:\n', `connections:\n${connections.join('')}`);
  const folder = await folderOf({ 'gateway.yaml': text, 'cert.pem': cert, 'key.pem': key });
  return loadGatewayConfig(`${folder}/gateway.yaml`, { PG_PROD_PASSWORD: 'x' });
}

it.each([
  ['no TLS at the gateway', [`{ host: ${host} }`], null, 'needs gateway.tls'],
  ['a name that its certificate lacks', [`{ host: ${host} }`], ['other.test'], 'no name of the'],
  ['two connections', [`{ host: ${host} }`, `{ host: ${host} }`], [host], 'another connection'],
  ['the gateway’s own host', ['{ host: hoopx.example.com }'], [host], 'the gateway itself'],
  ['an unknown identity', [`{ host: ${host}, identity: none }`], [host], 'an entry of identity'],
  ['a port', [`{ host: "${host}:7443" }`], [host], 'without a port'],
  ['an address', ['{ host: 10.0.0.1 }'], [host], 'is a host name'],
  ['a wildcard', ['{ host: "*.example.com" }'], [host], 'is a host name'],
])('a host for browsers with %s is refused', async (_, browsers, names, message) => {
  await expect(load(browsers, names)).rejects.toThrow(message);
});

it('a host for browsers is known in lower case, and is not part of what the connection is', async () => {
  const named = await load(['{ host: Admin-API.hoopx.example.com, identity: corp }']);
  const connection = named.connections['api-0'];
  expect(connection).toMatchObject({ browser: { host, identity: 'corp' } });
  const other = await load([`{ host: ${host} }`]);
  expect(other.connections['api-0']?.revision).toBe(connection?.revision);
});
