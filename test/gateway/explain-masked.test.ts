import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { loadPolicyCases } from '../../src/config/policy-cases.ts';
import { loadPolicyFile } from '../../src/config/policy-file.ts';
import type { RuleSpec } from '../../src/core/rules.ts';
import { explainStatement } from '../../src/gateway/explain.ts';
import { explanationText } from '../../src/gateway/explanation-text.ts';
import { testPolicy } from '../../src/gateway/policy-test.ts';
import { loadStatementReaders } from '../../src/gateway/statement-readers.ts';
import { explainedMasking } from '../../src/masking/explain.ts';
import { fileOf, sample } from '../config/gateway-files.ts';
import { ann, maskingOf, prod, ruleWith } from '../masking/questions.ts';
import { type PostgresPeer, startPostgres } from '../peers/postgres.ts';
import { describeWith } from '../peers/require-peer.ts';
import { attempts } from '../protocols/postgres/masking/attempts.ts';
import { everyClass, inSession } from '../protocols/postgres/masking/lab.ts';
import { maskedColumns, zoo } from '../protocols/postgres/masking/zoo.ts';
import { startGated } from '../protocols/postgres/session/gated.ts';

const guarded = sample.replace(
  'rules:\n',
  `masking:
  - { name: mail, connections: [pg-prod], columns: ["*.customers.email"] }
rules:
  - { name: no guessing, sql: { maskedPredicate: true }, then: deny, message: no guessing }
`,
);
const principal = { user: 'alice', groups: ['engineering'], kind: 'human' } as const;

async function explain(sql: string) {
  const file = await loadPolicyFile(await fileOf(guarded));
  return explainStatement(file, await loadStatementReaders(), {
    ...{ connection: 'pg-prod', principal, sql },
  });
}

async function tested(sql: string, expected: string) {
  const text = JSON.stringify({
    cases: [{ name: 'it', connection: 'pg-prod', principal, sql, expect: expected }],
  });
  const [file, cases] = await Promise.all([fileOf(guarded), fileOf(text, 'cases.yaml')]);
  const readers = await loadStatementReaders();
  const results = testPolicy(await loadPolicyFile(file), readers, await loadPolicyCases(cases));
  return results[0];
}

describe('where columns are masked, an explanation', () => {
  it.each([
    ["select 1 from customers where email = 'a'", 'DENIED_BY_RULE'],
    ['select 1 from public.customers c join orders o on c.email = o.who', 'DENIED_BY_RULE'],
    ['create table z as select email from customers', 'UNMASKABLE'],
    ['select email into z from customers', 'UNMASKABLE'],
    ["copy (select email from customers) to '/tmp/x'", 'UNMASKABLE'],
  ])('says no as the gateway will: %s', async (sql, code) => {
    expect((await explain(sql)).verdict).toMatchObject({ kind: 'deny', code });
    expect(await tested(sql, 'allow')).toMatchObject({ passed: false, verdict: { kind: 'deny' } });
    expect(await tested(sql, 'deny')).toMatchObject({ passed: true });
  });

  it.each([
    'select 1 from contacts where e = 1',
    'select 1 from orders where customer_email = 1',
    'select id from other.accounts group by id',
    'select * from customers order by id',
    'select 1 from customers c, orders where email = 1',
    'with customers as (select 1 as email) select 1 from customers where email = 1',
  ])('does not say what only the catalog tells: %s', async (sql) => {
    const explanation = await explain(sql);
    expect(explanation.verdict).toBeNull();
    const shown = explanationText(explanation);
    expect(shown).toMatch(/^cannot be told without the database's catalog\n/);
    expect(shown).toContain('if a masked column decides its rows: deny by "no guessing"');
    expect(shown).toContain('sql.maskedPredicate: cannot be told');
    for (const expected of ['allow', 'deny', 'review']) {
      expect(await tested(sql, expected)).toMatchObject({
        ...{ passed: false, verdict: null },
        differences: [expect.stringContaining("cannot be told without the database's catalog")],
      });
    }
  });

  it('is as certain as it can be', async () => {
    for (const sql of [
      'select email from customers',
      'select 1',
      'begin',
      'select e from contacts',
    ]) {
      expect([sql, (await explain(sql)).verdict?.kind]).toEqual([sql, 'allow']);
      expect(await tested(sql, 'allow')).toMatchObject({ passed: true });
    }
    expect(explanationText(await explain('select e from contacts'))).toContain(
      'What views, foreign keys and children show of masked columns',
    );
  });
});

const rules: readonly RuleSpec[] = [
  ...everyClass,
  { name: 'no guessing', sql: { maskedPredicate: true }, then: 'deny', message: 'no guessing' },
];

describeWith(['postgres'], 'what is said without a database', () => {
  let peer: PostgresPeer;
  beforeAll(async () => {
    peer = await startPostgres();
    await peer.query(zoo);
  });
  afterAll(() => peer.stop());

  test('is never other than what the gateway does', async () => {
    const rule = ruleWith({ columns: maskedColumns });
    const masking = maskingOf([rule]);
    if (masking === null) throw new Error('nothing is masked');
    const { maskedSql } = await loadStatementReaders();
    const masks = explainedMasking([rule], {
      connection: prod,
      principal: ann,
      protocol: 'postgres',
    });
    await using gated = await startGated(peer, { masking, rules });
    const wrong: unknown[] = [];
    let certain = 0;
    await inSession(gated, async (ask) => {
      for (const sql of attempts) {
        const { unmaskable, error } = await ask(sql);
        const guessing = error?.includes('no guessing') === true;
        const said = maskedSql(sql, masks);
        if (said.refusal !== null && !unmaskable) wrong.push([sql, said, error]);
        if (unmaskable && !said.mayBeRefused) wrong.push([sql, said, error]);
        if (guessing && said.predicate === false) wrong.push([sql, said, error]);
        if (said.predicate === true && error === null) wrong.push([sql, said]);
        if (said.predicate !== null && (said.refusal !== null || !said.mayBeRefused)) certain += 1;
      }
    });
    expect(wrong).toEqual([]);
    expect(certain).toBeGreaterThan(attempts.length / 2);
  }, 120_000);
});
