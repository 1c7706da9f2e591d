import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { fileOf, sampleWith } from './gateway-files.ts';

const first = 'connections:\n';

function written(keys: string): string {
  const line = `  k8s: { type: kubernetes, access: { groups: [ops] }, ${keys} }\n`;
  return sampleWith(first, `${first}${line}`);
}

async function load(keys: string, kubeconfig?: object) {
  const file = await fileOf(written(keys));
  if (kubeconfig !== undefined) {
    await writeFile(path.join(path.dirname(file), 'kube.json'), JSON.stringify(kubeconfig));
  }
  const config = await loadGatewayConfig(file, { PG_PROD_PASSWORD: 'x', TOKEN: 'the token' });
  const connection = config.connections.k8s;
  if (connection?.type !== 'kubernetes') throw new Error('not of type kubernetes');
  return connection;
}

const kubeconfig = (cluster: object, user: object) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'c', cluster }],
  users: [{ name: 'u', user }],
  contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
});

describe('a kubernetes connection is refused', () => {
  it.each([
    ['no server', 'credential: { token: env:TOKEN }', 'k8s.server'],
    ['no way to log in', 'server: "https://a.test"', 'to log in with'],
    [
      'a token in the file',
      'server: "https://a.test", credential: { token: abc }',
      'secret is not',
    ],
    ['two places', 'server: "https://a.test", kubeconfig: file:x', 'stands beside kubeconfig'],
    ['a context of nothing', 'server: "https://a.test", context: x', 'there is none'],
    ['an unknown key', 'server: "https://a.test", impersonat: true', 'did you mean impersonate'],
    [
      'system:masters for people',
      'server: "https://a.test", credential: { token: env:TOKEN }, impersonate: { systemGroups: ["system:masters"] }',
      'above all rules',
    ],
  ])('%s', async (_, keys, message) => {
    await expect(load(keys)).rejects.toThrow(message);
  });

  it.each([
    [
      'no check of the server',
      kubeconfig({ server: 'https://a.test', 'insecure-skip-tls-verify': true }, { token: 't' }),
      'always checks',
    ],
    [
      'a missing context',
      { ...kubeconfig({ server: 'https://a.test' }, {}), contexts: [] },
      'has no context "prod"',
    ],
    [
      'a user name',
      kubeconfig({ server: 'https://a.test' }, { username: 'u', password: 'p' }),
      'given up',
    ],
    [
      'a server with a path',
      kubeconfig({ server: 'https://a.test/k8s' }, { token: 't' }),
      'plain address',
    ],
  ])('with a kubeconfig that has %s', async (_, content, message) => {
    await expect(load('kubeconfig: file:kube.json, context: prod', content)).rejects.toThrow(
      message,
    );
  });
});

describe('a kubernetes connection', () => {
  it('knows its server and its token', async () => {
    const connection = await load(
      'server: "https://a.test:6443", credential: { token: env:TOKEN }',
    );
    expect(connection).toMatchObject({
      host: 'a.test',
      port: 6443,
      impersonate: null,
      diffs: true,
    });
    expect(connection.credential).toMatchObject({ kind: 'bearer' });
    expect(JSON.stringify(connection)).not.toContain('the token');
  });

  it('takes a context of a kubeconfig', async () => {
    const content = kubeconfig(
      { server: 'https://a.test' },
      { exec: { command: 'give', args: ['it'] } },
    );
    const keys = 'kubeconfig: file:kube.json, context: prod, impersonate: true';
    const connection = await load(keys, content);
    expect(connection).toMatchObject({ host: 'a.test', impersonate: { systemGroups: [] } });
    expect(connection.tokenProgram).toMatchObject({ command: 'give', args: ['it'] });
  });
});
