import { describe, expect, it } from 'vitest';
import { env, fileOf, sample } from '../config/gateway-files.ts';
import { newUser, type Ran } from './run-hoopx.ts';

async function hoopx(...args: string[]): Promise<Ran> {
  return (await newUser()).run(args, env);
}

const cases = (expected: string) => `cases:
  - name: a write
    connection: pg-prod
    principal: { user: alice, groups: [engineering], kind: human }
    sql: delete from accounts
    expect: ${expected}
`;

describe('hoopx policy check', () => {
  it('exits 78 for a file that the gateway would not accept, with the place', async () => {
    const file = await fileOf(sample.replace('then: deny', 'then: dney'));
    const { code, stdout, stderr } = await hoopx('policy', 'check', file);
    expect(code).toBe(78);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${file}:35:5: rules[2].then: must be one of allow, deny, review`);
    const json = await hoopx('policy', 'check', file, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'BAD_CONFIG' }, exitCode: 78 });
  });

  it('exits 0 without reading any secret', async () => {
    const file = await fileOf(sample.replace('PG_PROD_PASSWORD', 'NOT_SET'));
    const { code, stdout } = await hoopx('policy', 'check', file, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      path: file,
      rules: 3,
      chains: ['dba'],
      warnings: [],
    });
  });
});

describe('hoopx gateway check', () => {
  it('exits 78 for a secret that cannot be read', async () => {
    const file = await fileOf(sample.replace('PG_PROD_PASSWORD', 'NOT_SET'));
    const { code, stderr } = await hoopx('gateway', 'check', '--config', file);
    expect(code).toBe(78);
    expect(stderr).toContain('connections.pg-prod.password: the environment has no NOT_SET');
  });

  it('exits 0 when the gateway would start', async () => {
    const file = await fileOf(sample);
    const { code, stdout } = await hoopx('gateway', 'check', '--config', file);
    expect(code).toBe(0);
    expect(stdout).toContain('listens at 127.0.0.1:7443, known as https://hoopx.example.com');
    expect(stdout).not.toContain(env.PG_PROD_PASSWORD);
  });
});

describe('hoopx policy test', () => {
  it('exits 1 when a verdict differs, and 0 when none does', async () => {
    const file = await fileOf(sample);
    const wrong = await fileOf(cases('allow'), 'cases.yaml');
    const failed = await hoopx('policy', 'test', wrong, '--config', file);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('expected allow, got review by writes need a DBA');
    const right = await fileOf(cases('review'), 'cases.yaml');
    const passed = await hoopx('policy', 'test', right, '--config', file, '--json');
    expect(passed.code).toBe(0);
    expect(JSON.parse(passed.stdout)).toMatchObject({ passed: true });
  });
});

describe('hoopx policy explain', () => {
  it('takes the statement after groups, and says why', async () => {
    const file = await fileOf(sample);
    const { code, stdout } = await hoopx(
      ...['policy', 'explain', '--config', file, '--connection', 'pg-prod', '--user', 'alice'],
      ...['--kind', 'human', '--group', 'engineering', 'drop database app'],
    );
    expect(code).toBe(0);
    expect(stdout).toContain('deny by "never drop a database" (DENIED_BY_RULE)');
    expect(stdout).toContain('Databases are dropped by the platform team.');
  });

  it('exits 64 for a connection that the file does not have', async () => {
    const file = await fileOf(sample);
    const { code, stderr } = await hoopx(
      ...['policy', 'explain', '--config', file, '--connection', 'pg-prd', '--user', 'alice'],
      'select 1',
    );
    expect(code).toBe(64);
    expect(stderr).toContain('Did you mean pg-prod?');
  });
});
