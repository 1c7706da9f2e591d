import { describe, expect, it } from 'vitest';
import type { RuleSpec } from '../../src/core/rules.ts';
import { UserError } from '../../src/core/user-error.ts';
import { compilePolicy } from '../../src/policy/policy.ts';
import { questionOf, specOf } from './questions.ts';

function kind(rule: Partial<RuleSpec>, question = questionOf({})) {
  const spec = specOf([
    { name: 'r', then: 'deny', ...rule, ...(rule.then === 'review' && { chain: 'dba' }) },
  ]);
  const answer = compilePolicy(spec).evaluate(question);
  return answer.kind === 'deny' ? answer.code : answer.kind;
}

describe('an error in when', () => {
  const when = 'connection.labels["tier"] == "gold"';

  it('makes a deny rule match', () => {
    expect(kind({ when, then: 'deny' })).toBe('DENIED_BY_RULE');
  });

  it('makes a review rule match', () => {
    expect(kind({ when, then: 'review' })).toBe('review');
  });

  it('keeps an allow rule from matching', () => {
    expect(kind({ when: `!(${when})`, then: 'allow' })).toBe('UNMATCHED');
  });

  it('is what text or names beyond the bounds count as', () => {
    const long = questionOf({}, { text: 'x'.repeat(100_000) });
    expect(kind({ when: 'text.contains("zzz")', then: 'deny' }, long)).toBe('DENIED_BY_RULE');
    expect(kind({ when: 'text.contains("x")', then: 'allow' }, long)).toBe('UNMATCHED');
    const reads = Array.from({ length: 2000 }, (_, index) => ({ schema: null, name: `t${index}` }));
    const wide = questionOf({ reads });
    expect(kind({ when: 'sql.reads.exists(r, r.name == "none")' }, wide)).toBe('DENIED_BY_RULE');
    expect(kind({ when: 'principal.kind == "agent"' }, wide)).toBe('UNMATCHED');
  });
});

describe('when', () => {
  it.each([
    ['connection.name == "pg-prod" && connection.labels.env == "prod"'],
    ['principal.name.endsWith("@example.com") && principal.kind == "human"'],
    ['"engineering" in principal.groups && principal.issuer.startsWith("https://")'],
    ['principal.subject == "sub-alice" && principal.person == "sub-alice"'],
    ['"write" in sql.classes && "update" in sql.statements'],
    ['sql.writes.exists(w, w.schema == "" && w.name == "accounts")'],
    ['sql.reads.all(r, r.schema == "public")'],
    ['sql.functions.exists_one(f, f.name == "now")'],
    ['sql.statementCount > 1 && !sql.rowLocks && !sql.into && "missing" in sql.where'],
    ['size(sql.copy) == 0'],
    ['text.matches("(?i)update\\\\s+accounts")'],
    ['has(connection.labels.env) && !has(connection.labels.tier)'],
  ])('sees %s', (when) => {
    const question = questionOf(
      {
        classes: ['write'],
        statements: ['update'],
        reads: [{ schema: 'public', name: 'orders' }],
        writes: [{ schema: null, name: 'accounts' }],
        functions: [{ schema: null, name: 'now' }],
        where: ['missing'],
        statementCount: 2,
      },
      { text: 'UPDATE accounts SET a = now()' },
    );
    expect(kind({ when, then: 'allow' }, question)).toBe('allow');
    expect(kind({ when: `!(${when})`, then: 'allow' }, question)).toBe('UNMATCHED');
  });

  it.each([
    ['a syntax error', 'sql.classes ==', 'when'],
    ['a name that does not exist', 'sql.clases == []', 'No such key: clases'],
    ['a variable that does not exist', 'request.id == "1"', 'request'],
    ['anything but true or false', 'size(text)', 'gives int'],
    ['a function outside the list', 'text.split(",") == []', 'split() is not available'],
    [
      'the time',
      'timestamp("2024-01-01T00:00:00Z") == timestamp("2024-01-01T00:00:00Z")',
      'timestamp()',
    ],
    ['a pattern that is not written out', 'text.matches(connection.name)', 'in quotes'],
    ['a pattern that is not RE2', 'text.matches("(?=x)")', 'not RE2 syntax'],
    ['three lists at once', 'sql.reads.all(a, sql.reads.all(b, sql.reads.all(c, true)))', 'lists'],
    ['an endless expression', `${'true && '.repeat(600)}true`, 'characters'],
  ])('refuses %s, naming the rule', (_, when, expected) => {
    const compile = () => compilePolicy(specOf([{ name: 'mine', when, then: 'deny' }]));
    expect(compile).toThrow(UserError);
    expect(compile).toThrow(/rule "mine": when: /);
    expect(compile).toThrow(expected);
  });

  it.each([
    'text.matches("^(a+)+$")',
    '["x", text].exists(t, t.matches("^(a+)+$"))',
    'text.lowerAscii().matches("^(a+)+$")',
  ])('matches in linear time: %s', (when) => {
    const question = questionOf({}, { text: `${'a'.repeat(40_000)}!` });
    const started = performance.now();
    expect(kind({ when, then: 'allow' }, question)).toBe('UNMATCHED');
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('pattern', () => {
  it('is unanchored, over every text that would run', () => {
    const question = questionOf({}, { text: 'select 1\nDROP  TABLE x' });
    expect(kind({ pattern: '(?i)drop\\s+table' }, question)).toBe('DENIED_BY_RULE');
    expect(kind({ pattern: 'truncate' }, question)).toBe('UNMATCHED');
  });

  it.each(['(?=x)', '(a', '\\1', 'x{2000}', 'y'.repeat(2000)])(
    'refuses %s, naming the rule',
    (pattern) => {
      const compile = () => compilePolicy(specOf([{ name: 'mine', pattern, then: 'deny' }]));
      expect(compile).toThrow(/rule "mine": pattern: /);
    },
  );

  it('takes linear time on text made against it', () => {
    const question = questionOf({}, { text: `${'a'.repeat(1_000_000)}!` });
    const started = performance.now();
    expect(kind({ pattern: '^(a+)+$' }, question)).toBe('UNMATCHED');
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
