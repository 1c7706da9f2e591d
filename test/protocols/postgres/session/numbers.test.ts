import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { encodeFunctionCall } from '../../../../src/protocols/postgres/wire/frontend/function-call.ts';
import { maskingOf, ruleWith } from '../../../masking/questions.ts';
import { type PostgresPeer, startPostgres } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type Gated, startGated } from './gated.ts';
import { type Turn, turns, wired } from './pipelines.ts';
import { cancelWith, execute, query, type RawClient, rawClient, run, sync } from './raw-client.ts';

const rules: readonly RuleSpec[] = [
  { name: 'all', sql: { class: ['read', 'session', 'transaction', 'opaque'] }, then: 'allow' },
  { name: 'no drops', sql: { statements: ['drop_table'] }, then: 'deny', message: 'no drops here' },
];

const enders = ['commandComplete', 'emptyQueryResponse', 'portalSuspended', 'errorResponse'];

describeWith(['postgres'], 'in a recording', () => {
  let peer: PostgresPeer;
  beforeAll(async () => {
    peer = await startPostgres();
    await peer.query("create table k (secret text); insert into k values ('one'), ('two')");
  });
  afterAll(() => peer.stop());

  const answersOf = (gated: Gated) => gated.numbered.filter((note) => note.type === 'answer');

  it('what was refused has a number and no answer, and what follows has its own', async () => {
    await using gated = await startGated(peer, { rules });
    await using client = await rawClient(gated.port, peer.database);
    client.send(query('drop table k'));
    expect((await client.ready()).errors).toEqual(['42501']);
    client.send(run("select 'one'"), run('drop table k'), run("select 'lost'"), sync);
    expect((await client.ready()).errors).toEqual(['42501']);
    client.send(query("select 'two'"));
    await client.ready();
    const decided = gated.decisions.map(({ number, refusal }) => [number, refusal === null]);
    expect(decided).toEqual([
      [1, false],
      [2, true],
      [3, false],
      [4, true],
    ]);
    expect(answersOf(gated).map(({ operation, rows }) => [operation, rows])).toEqual([
      [2, [['one']]],
      [4, [['two']]],
    ]);
  });

  it('a cancelled statement, a function call and a cursor are answered under their own', async () => {
    await using gated = await startGated(peer, { rules });
    await using client = await rawClient(gated.port, peer.database);
    client.send(query("begin; declare c cursor for select 'row' from generate_series(1, 3)"));
    await client.ready();
    client.send(execute('c', 1), sync);
    await client.ready();
    const call = { functionOid: 1317, argumentFormats: [], values: [Buffer.from('four')] };
    client.send(encodeFunctionCall({ ...call, resultFormat: 0 }));
    await client.ready();
    client.send(query('select pg_sleep(60)'));
    await expect.poll(() => gated.decisions.length).toBe(3);
    await cancelWith(gated.port, client.key);
    expect((await client.ready()).errors).toEqual(['57014']);
    const told = answersOf(gated).map(({ operation, tag, error, rows }) => [
      operation,
      tag ?? error?.code ?? null,
      rows,
    ]);
    expect(told).toEqual([
      [1, 'BEGIN', []],
      [1, 'DECLARE CURSOR', []],
      [1, null, [['row']]],
      [2, null, [['4']]],
      [3, '57014', []],
    ]);
  });

  /** Every answer names the operation that says what is answered; none is left out. */
  async function follow(all: readonly Turn[], gated: Gated, client: RawClient): Promise<void> {
    const decidedBefore = gated.decisions.length;
    const answersBefore = answersOf(gated).length;
    const saidBefore = client.all.length;
    for (const turn of all) {
      client.send(wired(turn));
      await client.ready();
    }
    client.send(query('rollback'));
    await client.ready();
    const said = client.all.slice(saidBefore);
    const refused = said.filter(
      (each) => each.kind === 'errorResponse' && (each.fields.message ?? '').startsWith('hoopx: '),
    );
    const answers = answersOf(gated).slice(answersBefore);
    const ended = said.filter(({ kind }) => enders.includes(kind));
    expect(answers).toHaveLength(ended.length - refused.length);
    for (const { operation, tag, error, columns, rows } of answers) {
      // Only what the server refused before anybody was asked belongs to none.
      if (operation === null) expect(error).not.toBeNull();
      if (operation === null) continue;
      expect(operation).toBeGreaterThan(decidedBefore);
      const event = gated.decisions.find(({ number }) => number === operation);
      expect(event?.refusal).toBeNull();
      const text = event?.operation.decidable.text ?? '';
      const marks = [error?.message ?? '', ...rows.flat(), ...(columns ?? [])].join(' ');
      for (const [mark] of marks.matchAll(/\bk\d+\b/g)) expect(text).toContain(`'${mark}'`);
      const count = /^COPY ([1-9]\d*)$/.exec(tag ?? '')?.[1];
      if (count !== undefined && !text.includes('secret')) expect(text).toContain(`(1, ${count})`);
    }
  }

  it.each([
    ['as they are', false],
    ['masked', true],
  ])('each answer of any pipeline, %s, names the operation of that text', async (_how, masked) => {
    const masking = masked ? maskingOf([ruleWith({ columns: ['k.secret'] })]) : null;
    await using gated = await startGated(peer, { rules, ...(masking === null ? {} : { masking }) });
    await using client = await rawClient(gated.port, peer.database);
    const property = fc.asyncProperty(turns, (all) => follow(all, gated, client));
    await fc.assert(property, { numRuns: 60 });
    expect(answersOf(gated).length).toBeGreaterThan(100);
  });
});
