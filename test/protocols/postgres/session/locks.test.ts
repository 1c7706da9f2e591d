import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { PostgresPeer } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { refillAccounts, startWithAccounts } from './accounts.ts';
import { type Gated, startGated } from './gated.ts';
import {
  bind,
  describeStatement,
  execute,
  flush,
  parse,
  query,
  rawClient,
  run,
  sync,
} from './raw-client.ts';

let peer: PostgresPeer;
let gated: Gated;

const one = 'DELETE FROM accounts WHERE id = $1';

async function locksOnAccounts(): Promise<number> {
  const text = `SELECT count(*)::int AS n FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE c.relname = 'accounts'`;
  return Number((await peer.query(text))[0]?.n);
}

describeWith(['postgres'], 'pitfall 13: while a statement is held', () => {
  beforeAll(async () => {
    peer = await startWithAccounts();
  }, 60_000);

  beforeEach(async () => {
    await refillAccounts(peer);
    gated = await startGated(peer);
    return () => gated[Symbol.asyncDispose]();
  });

  afterAll(() => peer?.stop());

  it('no lock is held for it', async () => {
    await using client = await rawClient(gated.port);
    client.send(run(one, '1'), sync);
    await gated.held();
    expect(await locksOnAccounts()).toBe(0);
    await gated.approve();
    expect((await client.ready()).tags).toEqual(['DELETE 1']);
  });

  it('no lock stays from having prepared it with Flush, and the client sees no difference', async () => {
    await using client = await rawClient(gated.port);
    client.send(parse('', one), describeStatement(''), flush);
    await client.until('noData');
    expect(await locksOnAccounts()).toBeGreaterThan(0);
    client.send(bind('', '', '1'), execute(''), sync);
    await gated.held();
    expect(await locksOnAccounts()).toBe(0);
    await gated.approve();
    const turn = await client.ready();
    expect(turn.kinds.filter((kind) => kind !== 'noticeResponse')).toEqual([
      'bindComplete',
      'commandComplete',
      'readyForQuery',
    ]);
    expect(turn.tags).toEqual(['DELETE 1']);
  });

  it('a transaction of the client’s own is left as it is', async () => {
    await using client = await rawClient(gated.port);
    client.send(query('BEGIN'));
    await client.ready();
    client.send(parse('', one), flush);
    await client.until('parseComplete');
    client.send(bind('', '', '1'), execute(''), sync);
    await gated.deny('no');
    expect((await client.ready()).status).toBe('failed');
  });
});
