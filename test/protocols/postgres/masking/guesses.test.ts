import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { setReturning } from '../../../../src/protocols/postgres/sql/provenance/deciding.ts';
import { isBuiltinFunction } from '../../../../src/protocols/postgres/sql/provenance/node-names.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type Gated, startGated } from '../session/gated.ts';
import { errors, innocent, nulls, people, peopleColumns, predicates, values } from './guesses.ts';
import { overExtended, overSimpleQuery, type Said } from './said.ts';

const reads: RuleSpec = { name: 'reads', sql: { class: ['read'] }, then: 'allow' };
const noGuessing: RuleSpec = {
  name: 'no guessing',
  sql: { maskedPredicate: true },
  then: 'deny',
  message: 'no guessing',
};

describeWith(['postgres'], 'what a masked value is, is not told', () => {
  let peer: PostgresPeer;
  beforeAll(async () => {
    peer = await startPostgres();
    await peer.query(people);
  });
  afterAll(() => peer.stop());

  for (const [way, ask] of ways()) {
    test(`by NULL: ${way}`, async () => {
      await using gated = await masked(peer, [reads]);
      const seen = await onEach(peer, () => ask(gated.url, nulls));
      expect(differing(seen)).toEqual([]);
      expect(withReason(seen.flat(), 'UNMASKABLE')).toEqual([]);
    });
  }

  for (const [way, ask] of ways()) {
    test(`by what an error says: ${way}`, async () => {
      await using gated = await masked(peer, [reads]);
      const seen = await onEach(peer, () => ask(gated.url, errors));
      expect(differing(seen)).toEqual([]);
      expect(withReason(seen.flat(), 'UNMASKABLE')).toEqual([]);
    });
  }

  for (const [way, ask] of ways()) {
    test(`by which rows there are, where a rule denies that: ${way}`, async () => {
      await using gated = await masked(peer, [reads, noGuessing]);
      await peer.query(values[0] ?? '');
      const denied = await ask(gated.url, predicates);
      expect(withReason(denied, 'no guessing')).toEqual(predicates);
      const seen = await onEach(peer, () => ask(gated.url, innocent));
      expect(withReason(seen.flat(), 'no guessing')).toEqual([]);
      expect(differing(seen)).toEqual([]);
    });
  }

  test('though without masking every one of these tells it', async () => {
    const all = [...nulls, ...errors, ...predicates];
    const seen = await onEach(peer, () => overSimpleQuery(peer.url, all));
    expect(differing(seen)).toEqual(all);
  });

  test('through any built-in function that returns rows', async () => {
    const known = await peer.query('select distinct proname from pg_proc where proretset');
    const names = known.map(({ proname }) => String(proname));
    const builtin = names.filter((name) => isBuiltinFunction(null, name));
    expect(builtin.length).toBeGreaterThan(20);
    expect(builtin.filter((name) => !setReturning.has(name))).toEqual([]);
  });

  test('and NULL in a plain column is still NULL', async () => {
    await peer.query('update people set email = null where id = 2');
    await using gated = await masked(peer, [reads]);
    const [said] = await overSimpleQuery(gated.url, ['select email from people where id = 2']);
    expect(said?.bytes.includes('[masked]')).toBe(false);
  });
});

type Ask = (url: string, statements: readonly string[]) => Promise<Said[]>;

function ways(): readonly (readonly [string, Ask])[] {
  return [
    ['simple Query', overSimpleQuery],
    ['extended, text', (url, statements) => overExtended(url, statements, false)],
    ['extended, binary', (url, statements) => overExtended(url, statements, true)],
  ];
}

async function masked(peer: PostgresPeer, rules: readonly RuleSpec[]): Promise<Gated> {
  const masking = maskingOf([ruleWith({ columns: peopleColumns })]);
  if (masking === null) throw new Error('nothing is masked');
  return startGated(peer, { masking, rules });
}

/** The same with each of the values. */
async function onEach(peer: PostgresPeer, ask: () => Promise<Said[]>): Promise<Said[][]> {
  const seen: Said[][] = [];
  for (const update of values) {
    await peer.query(update);
    seen.push(await ask());
  }
  return seen;
}

/** Statements of which the bytes that came back are not the same. */
function differing([first = [], second = []]: readonly Said[][]): string[] {
  const same = (said: Said, index: number) => second[index]?.bytes.equals(said.bytes) === true;
  return first.filter((said, index) => !same(said, index)).map(({ sql }) => sql);
}

/** Statements that were refused with it. */
function withReason(seen: readonly Said[], reason: string): string[] {
  return seen.filter(({ bytes }) => bytes.includes(reason)).map(({ sql }) => sql);
}
