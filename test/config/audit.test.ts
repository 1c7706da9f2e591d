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
    ['{ anchors: [{ s3: bucket }] }', /s3: /],
    [`{ anchors: [{ s3: { ${s3}, endpoint: http://b.example } }] }`, /must be an https address/],
    [`{ anchors: [{ s3: { ${s3}, endpoint: https://b.example/x } }] }`, /no user, path or query/],
    [
      `{ anchors: [{ s3: { ${s3.replace('env:', '')}, endpoint: https://b.example } }] }`,
      /not written/,
    ],
    [`{ anchors: [{ s3: { ${s3}, endpoint: https://b.example }, retain: 30 }] }`, /days or hours/],
    ['{ anchors: [{ file: a, retain: 30d }] }', /retain: is for .* s3/],
    ['{ sinks: [] }', /sinks.* not enforced yet/],
    ['{ anchors: [{}] }', /must be \{ file: PATH \}, \{ webhook: URL \}/],
    ['{ anchors: [{ file: a, webhook: https://b.example }] }', /must be \{ file: PATH \}/],
    ['{ anchors: [{ file: a, secret: env:PG_PROD_PASSWORD }] }', /secret: is for .* webhook/],
    ['{ anchors: [{ webhook: http://b.example }] }', /must be an https address/],
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
  expect(audit).toEqual({ folder: `${beside}-audit`, keyFile: `${beside}-audit.key`, anchors: [] });
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
