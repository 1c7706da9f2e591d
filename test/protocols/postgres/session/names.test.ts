import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { PostgresPeer } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { countAccounts, refillAccounts, startWithAccounts } from './accounts.ts';
import { type Gated, startGated } from './gated.ts';
import {
  bind,
  closeStatement,
  execute,
  flush,
  parse,
  query,
  type RawClient,
  rawClient,
  run,
  sync,
  type Turn,
} from './raw-client.ts';

let peer: PostgresPeer;
let gated: Gated;
let client: RawClient;

const wipe = 'DELETE FROM accounts';
const count = () => countAccounts(peer);
const summaries = () =>
  gated.decisions.map(
    ({ verdict, operation }) => `${verdict.kind}: ${operation.decidable.summary}`,
  );

async function say(...bytes: Buffer[]): Promise<Turn> {
  client.send(...bytes);
  return client.ready();
}

describeWith(['postgres'], 'what is reviewed under a name is what the server has under it', () => {
  beforeAll(async () => {
    peer = await startWithAccounts();
  }, 60_000);

  beforeEach(async () => {
    await refillAccounts(peer);
    gated = await startGated(peer);
    client = await rawClient(gated.port);
    return async () => {
      await client[Symbol.asyncDispose]();
      await gated[Symbol.asyncDispose]();
    };
  });

  afterAll(() => peer?.stop());

  it('refuses a bound EXECUTE whose name was given to another text since', async () => {
    await say(query('BEGIN'));
    const bound = await say(
      parse('x', 'SELECT 1'),
      parse('s', 'EXECUTE x'),
      sync,
      bind('p', 's'),
      sync,
    );
    expect(bound.errors).toEqual([]);
    await client.ready();
    await say(closeStatement('x'), parse('x', wipe), sync);
    const turn = await say(execute('p'), sync);
    expect(turn.errors).toEqual(['42501']);
    await say(query('COMMIT'));
    expect(await count()).toBe(5);
  });

  it('refuses the same inside one segment', async () => {
    await say(parse('x', 'SELECT 1'), parse('s', 'EXECUTE x'), sync);
    const turn = await say(
      bind('p', 's'),
      closeStatement('x'),
      parse('x', wipe),
      execute('p'),
      sync,
    );
    expect(turn.errors).toEqual(['42501']);
    expect(await count()).toBe(5);
  });

  it('refuses EXECUTE of a prepared PREPARE, which would re-point a name unseen', async () => {
    await say(parse('y', 'SELECT 1'), parse('evil', `PREPARE z AS ${wipe}`), sync);
    expect((await say(query('EXECUTE evil'))).errors).toEqual(['42501']);
    expect((await say(query('EXECUTE z'))).errors).toEqual(['42501']);
    expect(await count()).toBe(5);
  });

  it('judges EXECUTE by the text behind it, in every place that it may stand', async () => {
    await say(parse('w', wipe), parse('r', 'SELECT 7'), sync);
    expect((await say(query('EXECUTE r'))).values).toEqual(['7']);
    for (const text of ['EXECUTE w', 'EXPLAIN ANALYZE EXECUTE w']) {
      client.send(query(text));
      const request = await gated.held();
      expect(request.presentation.notes).toEqual([`runs what was prepared as: ${wipe}`]);
      await gated.deny('no');
      expect((await client.ready()).errors).toEqual(['42501']);
    }
    client.send(query('CREATE TABLE copied AS EXECUTE w'));
    await gated.deny('no');
    expect((await client.ready()).errors).toEqual(['42501']);
    expect(await count()).toBe(5);
  });

  it('refuses names that it has not seen being made', async () => {
    for (const text of ['EXECUTE ghost', 'FETCH ghost', 'MOVE ghost', 'EXPLAIN EXECUTE ghost']) {
      expect((await say(query(text))).errors, text).toEqual(['42501']);
    }
    expect((await say(bind('', 'ghost'), execute(''), sync)).errors).toEqual(['42501']);
    expect((await say(execute('ghost'), sync)).errors).toEqual(['42501']);
  });

  it('refuses a name that the same text re-makes', async () => {
    await say(parse('x', 'SELECT 1'), sync);
    const turn = await say(query(`DEALLOCATE x; PREPARE x AS ${wipe}; EXECUTE x`));
    expect(turn.errors).toEqual(['42501']);
    expect(await count()).toBe(5);
  });

  it('keeps a name that the server did not change', async () => {
    await say(parse('x', 'SELECT 1'), sync);
    const failed = await say(parse('x', wipe), sync);
    expect(failed.errors).toEqual(['42P05']);
    expect((await say(query('EXECUTE x'))).values).toEqual(['1']);
  });

  it('follows PREPARE, EXECUTE and DEALLOCATE in SQL, also for the protocol', async () => {
    await say(query('PREPARE q(int) AS SELECT $1 + 1'));
    expect((await say(query('EXECUTE q(1)'))).values).toEqual(['2']);
    expect((await say(bind('', 'q', '5'), execute(''), sync)).values).toEqual(['6']);
    await say(query('DEALLOCATE q'));
    expect((await say(query('EXECUTE q(1)'))).errors).toEqual(['42501']);
    await say(parse('q', 'SELECT 9'), sync);
    await say(query('DISCARD PLANS'));
    expect((await say(query('EXECUTE q'))).errors).toEqual(['42501']);
  });

  it('shows the types that a prepared text was given', async () => {
    client.send(query('PREPARE t(int) AS DELETE FROM accounts WHERE id = $1'));
    await gated.approve();
    await client.ready();
    client.send(query('EXECUTE t(1)'));
    const request = await gated.held();
    expect(request.presentation.notes[0]).toContain('PREPARE t(int) AS DELETE');
    await gated.deny('no');
    await client.ready();
  });

  it('follows cursors through DECLARE, FETCH and CLOSE, and judges each FETCH', async () => {
    await say(query('BEGIN'));
    await say(query('DECLARE c CURSOR FOR SELECT id FROM accounts ORDER BY id'));
    expect((await say(query('FETCH 2 FROM c'))).values).toEqual(['1', '2']);
    expect((await say(execute('c', 1), sync)).values).toEqual(['3']);
    await say(query('CLOSE c'));
    expect((await say(query('FETCH c'))).errors).toEqual(['42501']);
    await say(query('ROLLBACK'));
    await say(query('BEGIN'));
    client.send(query('DECLARE l CURSOR FOR SELECT id FROM accounts FOR UPDATE'));
    await gated.approve();
    await client.ready();
    client.send(query('FETCH l'));
    await gated.deny('no');
    expect((await client.ready()).errors).toEqual(['42501']);
  });

  it('forgets portals with their transaction, and keeps cursors WITH HOLD', async () => {
    await say(query('BEGIN'));
    await say(query('DECLARE c CURSOR FOR SELECT 1'));
    await say(query('DECLARE h CURSOR WITH HOLD FOR SELECT 2'));
    await say(query('COMMIT AND CHAIN'));
    expect((await say(query('FETCH h'))).values).toEqual(['2']);
    expect((await say(query('FETCH c'))).errors).toEqual(['42501']);
  });

  it('knows no name any more after something opaque', async () => {
    await say(parse('x', 'SELECT 1'), sync);
    client.send(
      query(`DO $$ BEGIN EXECUTE 'DEALLOCATE x'; EXECUTE 'PREPARE x AS ${wipe}'; END $$`),
    );
    await gated.approve();
    expect((await client.ready()).tags).toEqual(['DO']);
    expect((await say(query('EXECUTE x'))).errors).toEqual(['42501']);
    expect(await count()).toBe(5);
  });

  it('takes no text behind something opaque before ReadyForQuery has come', async () => {
    client.send(run(`SELECT set_config('standard_conforming_strings', 'off', false)`), flush);
    await gated.approve();
    client.send(parse('', `SELECT '\\'; ${wipe}; --'`), bind('', ''), execute(''), sync);
    const turn = await client.ready();
    expect(turn.errors).toEqual(['42501']);
    expect(turn.messages[0]).toContain('could change anything');
    expect((await say(query('SHOW standard_conforming_strings'))).values).toEqual(['on']);
    expect(await count()).toBe(5);
  });

  it('ends the session when a pinned setting is lost', async () => {
    client.send(query(`SELECT set_config('standard_conforming_strings', 'off', false)`));
    await gated.approve();
    await client.closed();
    expect(client.all.at(-1)).toMatchObject({
      kind: 'errorResponse',
      fields: { code: '55000', severity: 'FATAL' },
    });
  });

  it('trusts no name outside ASCII in SQL, which a server may fold otherwise', async () => {
    await say(parse('É', 'SELECT 1'), parse('é', wipe), sync);
    expect((await say(query('EXECUTE É'))).errors).toEqual(['42501']);
    expect((await say(query('EXECUTE "É"'))).errors).toEqual(['42501']);
    expect((await say(bind('', 'É'), execute(''), sync)).values).toEqual(['1']);
  });

  it('refuses names that the server would cut', async () => {
    client.send(parse('n'.repeat(64), 'SELECT 1'), sync);
    await client.closed();
    expect(client.all.at(-1)).toMatchObject({ fields: { code: '08P01', severity: 'FATAL' } });
  });

  it('lets the unnamed statement be used again until a Query drops it', async () => {
    await say(parse('', 'SELECT $1::int'), bind('', '', '1'), execute(''), sync);
    expect((await say(bind('', '', '2'), execute(''), sync)).values).toEqual(['2']);
    await say(query('SELECT 0'));
    expect((await say(bind('', '', '3'), execute(''), sync)).errors).toEqual(['42501']);
  });

  it('pitfall 7: a row limit suspends a portal across Syncs of a transaction as one operation', async () => {
    await say(query('BEGIN'));
    const text = 'UPDATE accounts SET owner = $1 RETURNING id';
    client.send(parse('', text), bind('u', '', 'x'), execute('u', 2), sync);
    await gated.approve();
    const first = await client.ready();
    expect(first.values).toHaveLength(2);
    expect(first.kinds).toContain('portalSuspended');
    expect((await say(execute('u', 2), sync)).values).toHaveLength(2);
    expect((await say(execute('u', 0), sync)).values).toHaveLength(1);
    await say(query('COMMIT'));
    expect(summaries().filter((line) => line.includes('UPDATE'))).toHaveLength(1);
    expect(await gated.reached('succeeded')).toBeDefined();
  });
});
