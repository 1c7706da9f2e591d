import path from 'node:path';
import { expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-problem.ts';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { env, fileOf, sample } from './gateway-files.ts';

const s3 = 'bucket: kept, accessKey: env:PG_PROD_PASSWORD, secretKey: env:PG_PROD_PASSWORD';

async function problemsOf(audit: string): Promise<readonly string[]> {
  try {
    await loadGatewayConfig(await fileOf(`${sample}\naudit: ${audit}\n`), env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ key, message }) => `${key}: ${message}`);
  }
  return [];
}

it('refuses anchors and sinks that it would not serve, and anchors of no kind or of two', async () => {
  const cases = [
    ['{ sinks: [{}] }', /must be \{ syslog: tls:.* or \{ webhook: URL \}/],
    ['{ sinks: [{ syslog: tcp://logs.example:514 }] }', /tcp:\/\/HOST:PORT is for this machine/],
    ['{ sinks: [{ syslog: udp://127.0.0.1:514 }] }', /must be tls:/],
    ['{ sinks: [{ syslog: tls://user@logs.example }] }', /must be tls:/],
    ['{ sinks: [{ webhook: http://b.example }] }', /must be an https address/],
    ['{ sinks: [{ webhook: https://u:p@b.example/x }] }', /no user or password/],
    ['{ sinks: [{ syslog: tls://a, webhook: https://b }] }', /must be \{ syslog/],
    ['{ sinks: [{ syslog: tls://a, secret: env:PG_PROD_PASSWORD }] }', /only a webhook is signed/],
    ['{ sinks: [{ syslog: tcp://127.0.0.1:514, ca: file:x }] }', /there is no TLS here/],
    ['{ sinks: [{ syslog: tls://a, cert: env:PG_PROD_PASSWORD }] }', /cert and key go together/],
    ['{ sinks: [{ syslog: tls://a, ca: env:PG_PROD_PASSWORD }] }', /ca: is not a PEM certificate/],
    ['{ sinks: [{ syslog: tls://a }, { syslog: "tls://a:6514" }] }', /is named twice/],
    ['{ sinks: [{ syslog: tls://a, format: leef }] }', /must be one of json, cef, ocsf/],
    ['{ anchors: [{ s3: bucket }] }', /s3: /],
    [`{ anchors: [{ s3: { ${s3}, endpoint: http://b.example } }] }`, /must be an https address/],
    [`{ anchors: [{ s3: { ${s3}, endpoint: https://b.example/x } }] }`, /no user, path or query/],
    [
      `{ anchors: [{ s3: { ${s3.replace('env:', '')}, endpoint: https://b.example } }] }`,
      /not written/,
    ],
    [`{ anchors: [{ s3: { ${s3}, endpoint: https://b.example }, retain: 30 }] }`, /days or hours/],
    ['{ anchors: [{ file: a, retain: 30d }] }', /retain: is for .* s3/],
    ['{ anchors: [{}] }', /must be \{ file: PATH \}, \{ webhook: URL \}/],
    ['{ anchors: [{ file: a, webhook: https://b.example }] }', /must be \{ file: PATH \}/],
    ['{ anchors: [{ file: a, secret: env:PG_PROD_PASSWORD }] }', /secret: is for .* webhook/],
    ['{ anchors: [{ webhook: http://b.example }] }', /must be an https address/],
    ['{ anchors: [{ webhook: https://token@b.example }] }', /no user or password/],
    ['{ anchors: [{ git: https://token@b.example/a }] }', /no user in an https one/],
    ['{ anchors: [{ file: a, branch: b }] }', /branch: is for .* git/],
    ['{ anchors: [{ git: "--upload-pack=x" }] }', /is no repository/],
    ['{ anchors: [{ git: "ext::sh -c x" }] }', /is no repository/],
    ['{ anchors: [{ git: git://b.example/a }] }', /is no repository/],
    ['{ anchors: [{ git: http://b.example/a }] }', /is no repository/],
    ['{ anchors: [{ git: https://u:p@b.example/a }] }', /no password in it/],
    ['{ anchors: [{ git: a, branch: "-x" }] }', /is no name of a branch/],
    ['{ anchors: [{ git: a, branch: a..b }] }', /is no name of a branch/],
    ['{ anchors: [{ git: a, path: ../x }] }', /is no folder/],
    ['{ anchors: [{ git: a, path: .git }] }', /is no folder/],
    ['{ anchors: [{ git: a, knownHosts: "a\\"b" }] }', /must be a path without/],
    ['{ anchors: [{ git: a, token: env:PG_PROD_PASSWORD }] }', /token: is for .* https/],
    ['{ anchors: [{ git: "https://b.example/a", token: word }] }', /is not written in this file/],
    ['{ anchor: [] }', /did you mean anchors/],
  ] as const;
  for (const [audit, problem] of cases) {
    expect((await problemsOf(audit)).join('\n')).toMatch(problem);
  }
});

it('keeps the log beside the store, and its key out of the folder that is handed on', async () => {
  const file = await fileOf(sample);
  const { audit, store } = await loadGatewayConfig(file, env);
  const beside = path.join(path.dirname(file), 'hoopx.db');
  expect(store).toEqual({ kind: 'sqlite', path: beside });
  expect(audit).toEqual({
    ...{ folder: `${beside}-audit`, keyFile: `${beside}-audit.key`, anchors: [], sinks: [] },
  });
});

it('reads sinks of both kinds, and their secrets', async () => {
  const sinks =
    '[{ syslog: "tls://[::1]", format: cef }, { syslog: tcp://127.0.0.1:514 }, { webhook: https://b.example/x, secret: env:PG_PROD_PASSWORD }]';
  const file = await fileOf(`${sample}\naudit: { sinks: ${sinks} }\n`);
  const { audit } = await loadGatewayConfig(file, env);
  expect(audit.sinks).toMatchObject([
    { kind: 'syslog', host: '::1', port: 6514, tls: { ca: null }, format: 'cef' },
    { kind: 'syslog', host: '127.0.0.1', port: 514, tls: null, format: 'json' },
    { kind: 'webhook', url: 'https://b.example/x', ca: null },
  ]);
  const [, , webhook] = audit.sinks;
  expect(webhook?.kind === 'webhook' && webhook.secret?.reveal()).toBe('correct horse');
});

it('asks for metrics nowhere unless told, and off this machine only where that is meant', async () => {
  const read = async (text: string) =>
    (await loadGatewayConfig(await fileOf(`${sample}\n${text}\n`), env)).metrics;
  expect(await read('')).toBeNull();
  expect(await read('metrics: {}')).toEqual({ host: '127.0.0.1', port: 9464, exposed: false });
  const open = 'listen: 0.0.0.0:9464';
  expect(await read(`metrics: { ${open}, exposed: true }`)).toMatchObject({ host: '0.0.0.0' });
  await expect(read(`metrics: { ${open} }`)).rejects.toThrow(/exposed: true/);
});

it('gives git a token that does not print, and of the environment only what git needs', async () => {
  const file = await fileOf(
    `${sample}\naudit: { anchors: [{ git: https://b.example/a, token: env:PG_PROD_PASSWORD }, { git: ./r:x }] }\n`,
  );
  const { audit } = await loadGatewayConfig(file, { ...env, HOME: '/home/h' });
  const [remote, local] = audit.anchors;
  expect(remote).toMatchObject({
    kind: 'git',
    ...{ url: 'https://b.example/a', branch: 'hoopx-audit', path: 'checkpoints' },
    environment: { HOME: '/home/h' },
  });
  expect(JSON.stringify(audit)).not.toContain(env.PG_PROD_PASSWORD);
  expect(local).toMatchObject({ url: path.join(path.dirname(file), 'r:x'), login: null });
});
