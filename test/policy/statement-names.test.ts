import { expect, it } from 'vitest';
import { statementNames, statementProblem } from '../../src/policy/statement-names.ts';
import { startupDecidable } from '../../src/protocols/postgres/operations.ts';
import { statementRules } from '../../src/protocols/postgres/sql/statement-kinds.ts';

const plain = Object.values(statementRules).flatMap(({ tag }) =>
  typeof tag === 'string' ? [tag] : [],
);

it.each(plain)('a rule may name %s, as the parser does', (tag) => {
  expect(statementProblem(tag)).toBeNull();
});

it.each(['options', 'replication'] as const)('a rule may name a startup with %s', (parameter) => {
  const { facts } = startupDecidable(parameter, 'x');
  if (facts.protocol !== 'postgres') throw new Error('no SQL');
  expect(facts.statements.map(statementProblem)).toEqual([null]);
});

it.each([
  ['truncate', 'truncate_table'],
  ['drop_tabel', 'drop_table'],
  ['DROP_TABLE', 'drop_table'],
  ['drop table', 'drop_table'],
])('refuses %s, with what may be meant', (name, meant) => {
  expect(statementProblem(name)).toContain(`did you mean ${meant}?`);
});

it('refuses what no operation ever is', () => {
  expect(statementProblem('explode_*')).toContain('is no statement');
  expect(statementProblem('')).toContain('is no statement');
});

it('lists each name once', () => {
  expect(new Set(statementNames).size).toBe(statementNames.length);
});
