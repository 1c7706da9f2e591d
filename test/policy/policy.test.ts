import { describe, expect, it } from 'vitest';
import type { PolicySpec, RuleSpec } from '../../src/core/rules.ts';
import { UserError } from '../../src/core/user-error.ts';
import { explainPolicy } from '../../src/policy/explain.ts';
import { compilePolicy, findPolicyProblems } from '../../src/policy/policy.ts';
import { chain, questionOf, specOf } from './questions.ts';

describe('a rule set that cannot be meant', () => {
  it.each<[string, PolicySpec, RegExp]>([
    [
      'an unknown chain',
      specOf([{ name: 'r', then: 'review', chain: 'nobody' }]),
      /rule "r".*nobody/,
    ],
    [
      'a chain of every object',
      specOf([{ name: 'r', then: 'review', chain: 'toString' }]),
      /rule "r"/,
    ],
    ['a review without a chain', specOf([{ name: 'r', then: 'review' }]), /rule "r": chain/],
    [
      'a chain without a review',
      specOf([{ name: 'r', then: 'allow', chain: 'dba' }]),
      /rule "r": chain/,
    ],
    ['a message without a denial', specOf([{ name: 'r', then: 'allow', message: 'x' }]), /message/],
    [
      'two rules of one name',
      specOf([
        { name: 'r', then: 'allow' },
        { name: 'r', then: 'deny' },
      ]),
      /same name/,
    ],
    [
      'an unknown fallback',
      specOf([], { chains: { dba: { ...chain, fallback: { policy: 'night' } } } }),
      /night/,
    ],
    [
      'a fallback that asks again',
      specOf([], { policies: { night: [{ name: 'r', then: 'review', chain: 'dba' }] } }),
      /fallback decides by itself/,
    ],
    [
      'a statement that does not exist',
      specOf([{ name: 'r', sql: { statements: ['drop_databse'] }, then: 'deny' }]),
      /did you mean drop_database/,
    ],
    [
      'a glob that no statement matches',
      specOf([{ name: 'r', sql: { statements: ['drops_*'] }, then: 'deny' }]),
      /drops_/,
    ],
  ])('is refused: %s', (_, spec, expected) => {
    expect(() => compilePolicy(spec)).toThrow(expected);
    try {
      compilePolicy(spec);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect(error).toMatchObject({ exitCode: 78 });
    }
  });

  it('is refused with every problem at once, each with its place', () => {
    const spec = specOf([
      { name: 'one', pattern: '(', then: 'deny' },
      { name: 'two', when: '1 +', then: 'review', chain: 'nobody' },
    ]);
    expect(findPolicyProblems(spec).map(({ path }) => path)).toEqual([
      ['rules', 0, 'pattern'],
      ['rules', 1, 'when'],
      ['rules', 1, 'chain'],
    ]);
  });
});

describe('a fallback rule set', () => {
  const night: RuleSpec = { name: 'at night', sql: { class: ['write'] }, then: 'allow' };
  const ask: RuleSpec = { name: 'ask', sql: { class: ['write'] }, then: 'review', chain: 'dba' };
  const spec = specOf([ask], { policies: { night: [night] } });
  const write = questionOf({ classes: ['write'] });

  it('denies what it does not allow, whatever the default', () => {
    const open = compilePolicy({ ...spec, policies: { night: [] }, unmatched: 'allow' });
    expect(open.evaluateFallback('night', write)).toMatchObject({
      kind: 'deny',
      code: 'UNMATCHED',
    });
  });

  it('never overrides a denial', () => {
    const strict = compilePolicy({ ...spec, rules: [ask, { name: 'no', then: 'deny' }] });
    expect(strict.evaluateFallback('night', write)).toMatchObject({ kind: 'deny', rules: ['no'] });
  });

  it('may allow what asks for review', () => {
    const policy = compilePolicy(spec);
    expect(policy.evaluate(write).kind).toBe('review');
    expect(policy.evaluateFallback('night', write)).toMatchObject({
      kind: 'allow',
      rules: ['at night'],
    });
  });

  it('throws for a name that nothing defines', () => {
    expect(() => compilePolicy(spec).evaluateFallback('day', write)).toThrow('day');
  });
});

describe('an explanation', () => {
  const spec = specOf([
    { name: 'reads', connections: ['pg-*'], sql: { class: ['read'] }, then: 'allow' },
    { name: 'accounts', sql: { relations: ['public.accounts'] }, then: 'review', chain: 'dba' },
    { name: 'tier', when: 'connection.labels["tier"] == "gold"', then: 'deny' },
  ]);
  const question = questionOf({ classes: ['write'], writes: [{ schema: null, name: 'accounts' }] });

  it('says of every rule whether it matched, and why', () => {
    const { rules } = explainPolicy(spec, question);
    expect(rules).toMatchObject([
      {
        name: 'reads',
        matched: false,
        conditions: [
          { key: 'connections', held: true, because: 'the connection is pg-prod' },
          { key: 'sql', held: true, because: 'the operation is sql' },
          { key: 'sql.class', held: false, because: 'does not cover write' },
        ],
      },
      {
        name: 'accounts',
        matched: true,
        conditions: [{ key: 'sql' }, { because: 'has accounts' }],
      },
      {
        name: 'tier',
        matched: true,
        conditions: [{ because: expect.stringMatching(/could not be evaluated.*counts as true/) }],
      },
    ]);
  });

  it('gives the verdict that the policy gives', () => {
    expect(explainPolicy(spec, question).verdict).toEqual(compilePolicy(spec).evaluate(question));
  });
});
