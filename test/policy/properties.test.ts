import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SqlFacts, sqlClasses } from '../../src/core/facts.ts';
import type { PolicyQuestion } from '../../src/core/policy.ts';
import type { RuleSpec } from '../../src/core/rules.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { compileNameGlob } from '../../src/policy/name-glob.ts';
import { compilePolicy } from '../../src/policy/policy.ts';
import { factsOf, questionOf, specOf } from './questions.ts';

const strictness = { allow: 0, review: 1, deny: 2 } satisfies Record<Verdict['kind'], number>;

const statements = ['select', 'insert', 'drop_table', 'set'];
const name = fc.record({
  schema: fc.constantFrom(null, 'public', 'audit'),
  name: fc.constantFrom('accounts', 'orders', 'count'),
});
const names = fc.array(name, { maxLength: 3 });
const some = <Value>(...values: Value[]) => fc.subarray(values);

const facts: fc.Arbitrary<SqlFacts> = fc
  .record({
    classes: fc.uniqueArray(fc.constantFrom(...sqlClasses), { maxLength: 2 }),
    statements: some(...statements),
    reads: names,
    writes: names,
    functions: names,
    where: some('present' as const, 'missing' as const, 'constant' as const),
    copy: some('from_stdin' as const, 'program' as const),
    statementCount: fc.integer({ min: 0, max: 3 }),
    rowLocks: fc.boolean(),
    into: fc.boolean(),
  })
  .map(factsOf);

const question: fc.Arbitrary<PolicyQuestion> = facts.map((known) =>
  questionOf(known, { text: known.statements.join('; ') }),
);

const globs = fc.subarray(['*', 'accounts', 'public.*', '*.orders', 'p*.accounts', 'count'], {
  minLength: 1,
});
const sql = fc.record(
  {
    class: some(...sqlClasses),
    statements: fc.subarray(['select', 'insert', 'drop_*', '*'], { minLength: 1 }),
    relations: globs,
    functions: globs,
    where: some('present' as const, 'missing' as const, 'constant' as const),
    copy: some('from_stdin' as const, 'program' as const),
    multiStatement: fc.boolean(),
    rowLocks: fc.boolean(),
    into: fc.boolean(),
  },
  { requiredKeys: [] },
);

const body = fc.record(
  {
    connections: fc.constantFrom(['pg-*'], ['other']),
    labels: fc.constantFrom({ env: 'prod' }, { env: 'dev' }),
    principals: fc.constantFrom({ kinds: ['human' as const] }, { groups: ['dba'] }),
    sql,
    pattern: fc.constantFrom('drop', '^select'),
    when: fc.constantFrom('sql.into', 'connection.labels["none"] == "x"', 'size(sql.reads) > 1'),
  },
  { requiredKeys: [] },
);

const then = fc.constantFrom('allow' as const, 'deny' as const, 'review' as const);
const rules: fc.Arbitrary<RuleSpec[]> = fc
  .array(fc.tuple(body, then, fc.constantFrom('dba', 'leads')), { maxLength: 6 })
  .map((drafts) =>
    drafts.map(([draft, effect, chain], index) => ({
      ...draft,
      name: `rule ${index}`,
      then: effect,
      ...(effect === 'review' && { chain }),
    })),
  );
const allowing: fc.Arbitrary<RuleSpec[]> = fc
  .array(fc.oneof(fc.record({ sql }), fc.record({})), { minLength: 1, maxLength: 6 })
  .map((drafts) =>
    drafts.map((draft, index) => ({ ...draft, name: `rule ${index}`, then: 'allow' })),
  );
const unmatched = fc.constantFrom('deny' as const, 'allow' as const);

describe('any rule set', () => {
  it('is never weakened by one more deny or review rule', () => {
    fc.assert(
      fc.property(
        rules,
        body,
        unmatched,
        fc.boolean(),
        question,
        (set, extra, fallthrough, denies, asked) => {
          const rule: RuleSpec = denies
            ? { ...extra, name: 'extra', then: 'deny' }
            : { ...extra, name: 'extra', then: 'review', chain: 'dba' };
          const before = compilePolicy(specOf(set, { unmatched: fallthrough })).evaluate(asked);
          const after = compilePolicy(specOf([...set, rule], { unmatched: fallthrough })).evaluate(
            asked,
          );
          // Only where nothing matched may a review take the place of the default's denial.
          if (before.kind === 'deny' && before.code === 'UNMATCHED' && !denies) return;
          expect(strictness[after.kind]).toBeGreaterThanOrEqual(strictness[before.kind]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('gives the same verdict in any order', () => {
    fc.assert(
      fc.property(
        rules.chain((set) =>
          fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })),
        ),
        unmatched,
        question,
        ([set, shuffled], fallthrough, asked) => {
          const one = compilePolicy(specOf(set, { unmatched: fallthrough })).evaluate(asked);
          const other = compilePolicy(specOf(shuffled, { unmatched: fallthrough })).evaluate(asked);
          expect(other).toEqual(one);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never allows an operation with a fact that some matching rule does not cover', () => {
    let allowed = 0;
    fc.assert(
      fc.property(allowing, question, (set, asked) => {
        const verdict = compilePolicy(specOf(set)).evaluate(asked);
        if (verdict.kind !== 'allow') return;
        allowed += 1;
        const covering = set.filter(({ name: rule }) => verdict.rules.includes(rule));
        expect(covering.length).toBeGreaterThan(0);
        const { facts: known } = asked.decidable;
        if (known.protocol !== 'postgres') throw new Error('the questions are all SQL');
        for (const rule of covering) expect(uncovered(rule, known)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
    expect(allowed).toBeGreaterThan(20);
  });

  it('never lets the default pass what cannot be judged', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const verdict = compilePolicy(specOf([], { unmatched: 'allow' })).evaluate(asked);
        const unjudged = asked.decidable.facts.classes.some((word) => /opaque|unknown/.test(word));
        expect(verdict.kind).toBe(unjudged ? 'deny' : 'allow');
      }),
    );
  });
});

/** Written from the contract, not from the code under test. */
function uncovered(rule: RuleSpec, known: SqlFacts): unknown[] {
  const missing: unknown[] = [];
  const { class: classes, statements: tags, relations, functions } = rule.sql ?? {};
  for (const word of known.classes) {
    if (classes === undefined ? /opaque|unknown/.test(word) : !classes.includes(word)) {
      missing.push(word);
    }
  }
  for (const tag of known.statements) {
    const named = tags?.some((glob) => new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(tag));
    if (named === false) missing.push(tag);
  }
  const namesIn = [
    [relations, [...known.reads, ...known.writes]],
    [functions, known.functions],
  ] as const;
  for (const [wanted, found] of namesIn) {
    for (const each of found) {
      if (wanted?.some((glob) => compileNameGlob(glob).covers(each)) === false) missing.push(each);
    }
  }
  return missing;
}
