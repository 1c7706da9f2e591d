import { describe, expect, it } from 'vitest';
import type { RuleSpec } from '../../src/core/rules.ts';
import { compilePolicy } from '../../src/policy/policy.ts';
import { alice, aliceAgent, questionOf, specOf } from './questions.ts';

function verdict(
  rules: RuleSpec[],
  question = questionOf({}),
  unmatched: 'deny' | 'allow' = 'deny',
) {
  return compilePolicy(specOf(rules, { unmatched })).evaluate(question);
}

const reads: RuleSpec = { name: 'reads', sql: { class: ['read'] }, then: 'allow' };

describe('without a matching rule', () => {
  it('denies', () => {
    expect(verdict([])).toMatchObject({ kind: 'deny', code: 'UNMATCHED', rules: [] });
  });

  it('allows when the default says so', () => {
    expect(verdict([], questionOf({}), 'allow')).toMatchObject({ kind: 'allow' });
  });

  it.each(['opaque', 'unknown'] as const)('denies %s whatever the default', (word) => {
    const question = questionOf({ classes: ['read', word] });
    expect(verdict([], question, 'allow')).toMatchObject({ kind: 'deny', code: 'UNMATCHED' });
  });
});

describe('the strictest matching rule', () => {
  const deny: RuleSpec = { name: 'no', then: 'deny', message: 'Not here.' };
  const review: RuleSpec = { name: 'ask', then: 'review', chain: 'dba' };

  it('is the denial', () => {
    expect(verdict([reads, review, deny])).toMatchObject({
      kind: 'deny',
      code: 'DENIED_BY_RULE',
      rules: ['no'],
      message: 'Not here.',
    });
  });

  it('is the review where nothing denies', () => {
    expect(verdict([reads, review])).toMatchObject({ kind: 'review', rules: ['ask'] });
  });

  it('asks for every chain once', () => {
    const rules: RuleSpec[] = [
      review,
      { name: 'ask again', then: 'review', chain: 'dba' },
      { name: 'ask leads', then: 'review', chain: 'leads' },
    ];
    const answer = verdict(rules);
    if (answer.kind !== 'review') throw new Error(answer.kind);
    expect(answer.chains.map(({ name }) => name)).toEqual(['dba', 'leads']);
    expect(answer.rules).toEqual(['ask', 'ask again', 'ask leads']);
  });
});

describe('an allow rule', () => {
  it('does not match when a class is not covered', () => {
    expect(verdict([reads], questionOf({ classes: ['read', 'write'] })).kind).toBe('deny');
  });

  it('does not match when a statement is not covered', () => {
    const rule: RuleSpec = { name: 'r', sql: { statements: ['select'] }, then: 'allow' };
    const question = questionOf({ statements: ['select', 'drop_table'] });
    expect(verdict([rule], question).kind).toBe('deny');
  });

  it.each(['reads', 'writes'] as const)(
    'does not match when one of its %s is not covered',
    (set) => {
      const rule: RuleSpec = { name: 'r', sql: { relations: ['public.a'] }, then: 'allow' };
      const a = { schema: 'public', name: 'a' };
      const b = { schema: 'public', name: 'b' };
      expect(verdict([rule], questionOf({ [set]: [a] })).kind).toBe('allow');
      expect(verdict([rule], questionOf({ [set]: [a, b] })).kind).toBe('deny');
    },
  );

  it('does not match an unqualified relation when its glob pins a schema', () => {
    const rule: RuleSpec = { name: 'r', sql: { relations: ['public.a'] }, then: 'allow' };
    expect(verdict([rule], questionOf({ reads: [{ schema: null, name: 'a' }] })).kind).toBe('deny');
  });

  it('does not match when a function is not covered', () => {
    const rule: RuleSpec = { name: 'r', sql: { functions: ['count'] }, then: 'allow' };
    const count = { schema: null, name: 'count' };
    expect(verdict([rule], questionOf({ functions: [count] })).kind).toBe('allow');
    const other = { schema: null, name: 'lo_export' };
    expect(verdict([rule], questionOf({ functions: [count, other] })).kind).toBe('deny');
  });

  it.each(['opaque', 'unknown'] as const)('does not pass %s without naming it', (word) => {
    const everything: RuleSpec = { name: 'all', then: 'allow' };
    const question = questionOf({ classes: ['read', word] });
    expect(verdict([everything], question).kind).toBe('deny');
    const named: RuleSpec = { ...everything, sql: { class: ['read', word] } };
    expect(verdict([named], question).kind).toBe('allow');
  });

  it('does not match when one way of choosing rows is not covered', () => {
    const rule: RuleSpec = { name: 'r', sql: { where: ['present'] }, then: 'allow' };
    expect(verdict([rule], questionOf({ where: ['present', 'missing'] })).kind).toBe('deny');
    expect(verdict([rule], questionOf({ where: ['present'] })).kind).toBe('allow');
  });
});

describe('a deny rule', () => {
  const both: RuleSpec = { name: 'all', then: 'allow' };

  it.each<[string, RuleSpec['sql']]>([
    ['class', { class: ['ddl'] }],
    ['statement', { statements: ['drop_*'] }],
    ['relation', { relations: ['public.accounts'] }],
    ['function', { functions: ['pg_sleep'] }],
    ['where', { where: ['missing', 'constant'] }],
    ['copy', { copy: ['program'] }],
    ['multi-statement', { multiStatement: true }],
    ['row locks', { rowLocks: true }],
    ['into', { into: true }],
  ])('matches on any %s', (_, sql) => {
    const question = questionOf({
      classes: ['read', 'ddl'],
      statements: ['select', 'drop_table'],
      reads: [{ schema: null, name: 'orders' }],
      writes: [{ schema: null, name: 'accounts' }],
      functions: [
        { schema: null, name: 'count' },
        { schema: 'pg_catalog', name: 'pg_sleep' },
      ],
      where: ['present', 'missing'],
      copy: ['to_stdout', 'program'],
      statementCount: 2,
      rowLocks: true,
      into: true,
    });
    expect(verdict([both], question).kind).toBe('allow');
    expect(verdict([both, { name: 'no', ...(sql && { sql }), then: 'deny' }], question).kind).toBe(
      'deny',
    );
  });
});

describe('what a rule says of connection and principal', () => {
  it.each<[string, Partial<RuleSpec>]>([
    ['another connection', { connections: ['pg-dev', 'my-*'] }],
    ['another label', { labels: { env: 'dev' } }],
    ['a label that is not there', { labels: { tier: '*' } }],
    ['a label of every object', { labels: { constructor: '*' } }],
    ['another group', { principals: { groups: ['dba'] } }],
    ['another user', { principals: { users: ['bob@*'] } }],
    ['another kind', { principals: { kinds: ['agent'] } }],
    ['one of two', { principals: { groups: ['engineering'], kinds: ['ci'] } }],
  ])('keeps it from matching %s', (_, rule) => {
    expect(verdict([{ name: 'r', then: 'allow', ...rule }]).kind).toBe('deny');
  });

  it.each<[string, Partial<RuleSpec>]>([
    ['the connection', { connections: ['x', 'pg-*'] }],
    ['the label', { labels: { env: 'pr*' } }],
    ['the group', { principals: { groups: ['eng*'] } }],
    ['the name', { principals: { users: ['alice@example.com'] } }],
    ['the subject', { principals: { users: ['sub-alice'] } }],
    ['the kind', { principals: { kinds: ['ci', 'human'] } }],
  ])('lets it match %s', (_, rule) => {
    expect(verdict([{ name: 'r', then: 'allow', ...rule }]).kind).toBe('allow');
  });

  it('reaches the agents of a person with denials, not with permissions', () => {
    const users = { principals: { users: ['sub-alice'] } };
    const question = questionOf({}, { principal: aliceAgent });
    expect(verdict([{ name: 'r', then: 'allow', ...users }], question)).toMatchObject({
      code: 'UNMATCHED',
    });
    expect(verdict([{ name: 'r', then: 'deny', ...users }], question)).toMatchObject({
      code: 'DENIED_BY_RULE',
    });
  });

  it('reaches a person in any spelling with denials, not with permissions', () => {
    const users = { principals: { users: ['ALICE@example.com'] } };
    expect(verdict([{ name: 'r', then: 'allow', ...users }])).toMatchObject({ code: 'UNMATCHED' });
    expect(verdict([{ name: 'r', then: 'deny', ...users }])).toMatchObject({
      code: 'DENIED_BY_RULE',
    });
  });

  it('is remembered for the very connection and principal only', () => {
    const policy = compilePolicy(
      specOf([
        { name: 'r', connections: ['pg-prod'], principals: { users: ['alice*'] }, then: 'allow' },
      ]),
    );
    const question = questionOf({});
    expect(policy.evaluate(question).kind).toBe('allow');
    const elsewhere = { ...question.connection, name: 'pg-dev' };
    expect(policy.evaluate({ ...question, connection: elsewhere }).kind).toBe('deny');
    const other = { ...alice, name: 'bob@example.com', subject: 'bob' };
    expect(policy.evaluate({ ...question, principal: other }).kind).toBe('deny');
    expect(policy.evaluate(question).kind).toBe('allow');
  });
});

describe('what can never pass', () => {
  it('is denied with its own code, whatever the rules', () => {
    const question = questionOf({});
    const barred = { code: 'UNPARSEABLE', message: 'syntax error at or near "x"' } as const;
    const everything: RuleSpec = {
      name: 'all',
      sql: { class: ['read', 'unknown'] },
      then: 'allow',
    };
    expect(
      verdict([everything], { ...question, decidable: { ...question.decidable, barred } }, 'allow'),
    ).toMatchObject({ kind: 'deny', code: 'UNPARSEABLE', message: barred.message, rules: [] });
  });
});
