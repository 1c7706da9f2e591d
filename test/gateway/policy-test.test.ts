import { beforeAll, describe, expect, it } from 'vitest';
import { loadPolicyCases } from '../../src/config/policy-cases.ts';
import { loadPolicyFile } from '../../src/config/policy-file.ts';
import { testPolicy } from '../../src/gateway/policy-test.ts';
import {
  loadStatementReaders,
  type StatementReaders,
} from '../../src/gateway/statement-readers.ts';
import { fileOf, sample } from '../config/gateway-files.ts';

let readers: StatementReaders;

beforeAll(async () => {
  readers = await loadStatementReaders();
});

async function run(sql: string, expected: string) {
  const file = await loadPolicyFile(await fileOf(sample));
  const text = `cases:
  - name: the case
    connection: pg-prod
    principal: { user: alice, groups: [engineering] }
    sql: ${sql}
    expect: ${expected}
`;
  const [result] = testPolicy(
    file,
    readers,
    await loadPolicyCases(await fileOf(text, 'cases.yaml')),
  );
  return result;
}

describe('a case', () => {
  it.each([
    ['delete from accounts', 'allow', 'expected allow, got review by writes need a DBA'],
    ['drop database x', 'review', 'expected review, got deny by never drop a database'],
    [
      'delete from accounts',
      '{ verdict: review, chains: [leads] }',
      'expected chains leads, got dba',
    ],
    ['select 1', '{ verdict: allow, rules: [other] }', 'expected rules other, got reads pass'],
  ])('fails when the verdict differs: %s is not %s', async (sql, expected, difference) => {
    expect(await run(sql, expected)).toMatchObject({
      passed: false,
      differences: [expect.stringContaining(difference)],
    });
  });

  it.each([
    ['select 1', 'allow'],
    ['delete from accounts', '{ verdict: review, chains: [dba], rules: [writes need a DBA] }'],
    ['selec 1', 'deny'],
  ])('passes when it does not: %s is %s', async (sql, expected) => {
    expect(await run(sql, expected)).toMatchObject({ passed: true, differences: [] });
  });
});

describe('a file of cases', () => {
  it.each([
    ['cases: []', 'cases: must have at least one case'],
    ['cases: [{ name: a, sql: select 1, expect: allow, principal: b }]', 'connection: is required'],
    ['cases: [{ nam: a }]', 'unknown key; did you mean name?'],
    [
      'cases: [{ name: a, connection: c, principal: b, sql: x, expect: permit }]',
      'cases[0].expect: must be allow, deny or review',
    ],
  ])('is refused with line and key: %s', async (text, expected) => {
    const attempt = loadPolicyCases(await fileOf(text, 'cases.yaml'));
    await expect(attempt).rejects.toMatchObject({ exitCode: 78 });
    await expect(attempt).rejects.toThrow(expected);
  });
});
