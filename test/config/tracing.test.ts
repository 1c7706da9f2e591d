import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-problem.ts';
import { loadGatewayConfig } from '../../src/config/load-gateway-config.ts';
import { env, fileOf, sample } from './gateway-files.ts';

const endpoint = 'https://otel.example.com/v1/traces';

async function problemsWith(tracing: string): Promise<readonly string[]> {
  const file = await fileOf(`${sample}\ntracing: ${tracing}\n`);
  try {
    await loadGatewayConfig(file, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ key, message }) => `${key}: ${message}`);
  }
  return [];
}

describe('where traces go', () => {
  it.each([
    ['plain HTTP off this machine', 'http://otel.example.com/v1/traces', 'must be an https'],
    ['no URL', 'otel.example.com:4318', 'must be an https'],
    ['a password', 'https://u:hunter2@otel.example.com/v1/traces', 'no user or password'],
    ['a query', `${endpoint}?token=hunter2`, 'has no query'],
    ['a fragment', `'${endpoint}#x'`, 'has no query'],
    ['no path', 'https://otel.example.com', 'names no path'],
  ])('is refused: %s', async (_, given, expected) => {
    const problems = await problemsWith(`{ endpoint: ${given} }`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('tracing.endpoint');
    expect(problems[0]).toContain(expected);
    expect(problems[0]).not.toContain('hunter2');
  });

  it.each([
    ['a key that is not known', 'sampel: 1', 'did you mean sample?'],
    ['a secret in the file', 'headers: { authorization: hunter2 }', 'not written in this file'],
    ['a secret that is not there', 'headers: { authorization: env:NONE }', 'no NONE'],
    ['a value of two lines', 'headers: { authorization: env:LINES }', 'cannot be sent'],
    ['no name of a header', 'headers: { "a b": env:PG_PROD_PASSWORD }', 'is no name of a header'],
    ['a header of ours', 'headers: { Content-Type: env:PG_PROD_PASSWORD }', 'not for you to say'],
    [
      'a header twice',
      'headers: { x-key: env:PG_PROD_PASSWORD, X-Key: env:PG_PROD_PASSWORD }',
      'twice',
    ],
    ['no traces at all', 'sample: 0', 'must be more than 0'],
    ['more than every trace', 'sample: 1.5', 'must be at most 1'],
    ['a share in words', 'sample: all', 'must be a number'],
    ['an authority that is none', 'ca: env:PG_PROD_PASSWORD', 'is not a PEM certificate'],
  ])('is refused: %s', async (_, given, expected) => {
    const file = await fileOf(`${sample}\ntracing: { endpoint: ${endpoint}, ${given} }\n`);
    const outcome = loadGatewayConfig(file, { ...env, LINES: 'hunter2\r\nx: y' });
    await expect(outcome).rejects.toMatchObject({ exitCode: 78 });
    await expect(outcome).rejects.toThrow(expected);
    await expect(outcome).rejects.not.toThrow('hunter2');
  });

  it('checks no authority where there is no TLS', async () => {
    const plain = 'http://127.0.0.1:4318/v1/traces';
    const problems = await problemsWith(`{ endpoint: ${plain}, ca: env:PG_PROD_PASSWORD }`);
    expect(problems[0]).toContain('there is no TLS here to check');
  });
});

it('has no traces unless told, and every trace unless told; its headers do not print', async () => {
  const read = async (text: string) =>
    (await loadGatewayConfig(await fileOf(`${sample}\n${text}\n`), env)).tracing;
  expect(await read('')).toBeNull();
  const plain = 'http://localhost:4318/v1/traces';
  expect(await read(`tracing: { endpoint: ${plain} }`)).toEqual({
    ...{ endpoint: plain, headers: {}, ca: null, sample: 1 },
  });
  const headers = '{ authorization: env:PG_PROD_PASSWORD }';
  const tracing = await read(
    `tracing: { endpoint: ${endpoint}, headers: ${headers}, sample: 0.1 }`,
  );
  expect(tracing).toMatchObject({ endpoint, sample: 0.1 });
  expect(tracing?.headers.authorization?.reveal()).toBe(env.PG_PROD_PASSWORD);
  expect(JSON.stringify(tracing)).not.toContain(env.PG_PROD_PASSWORD);
});
