import path from 'node:path';
import { expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-problem.ts';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { env, fileOf, sample } from './gateway-files.ts';

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
    ['{ anchors: [{ s3: bucket }] }', /s3: an S3 anchor is not enforced yet/],
    ['{ anchors: [{ git: url }] }', /git: a git anchor is not enforced yet/],
    ['{ sinks: [] }', /sinks.* not enforced yet/],
    ['{ anchors: [{}] }', /must be \{ file: PATH \} or \{ webhook: URL \}/],
    ['{ anchors: [{ file: a, webhook: https://b.example }] }', /must be \{ file: PATH \}/],
    ['{ anchors: [{ file: a, secret: env:PG_PROD_PASSWORD }] }', /only a webhook is signed/],
    ['{ anchors: [{ webhook: http://b.example }] }', /must be an https address/],
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
