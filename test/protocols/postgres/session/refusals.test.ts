import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { PostgresPeer } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { countAccounts, refillAccounts, startWithAccounts } from './accounts.ts';
import { type Gated, startGated } from './gated.ts';
import {
  bind,
  closeStatement,
  describeStatement,
  execute,
  flush,
  parse,
  query,
  type RawClient,
  rawClient,
  run,
  sync,
} from './raw-client.ts';

let peer: PostgresPeer;
let gated: Gated;
let client: RawClient;

const count = () => countAccounts(peer);
const one = (id: number) => `DELETE FROM accounts WHERE id = ${id}`;

async function waitForPending(id: string): Promise<void> {
  while ((await gated.held()).id !== id);
}

describeWith(
  ['postgres'],
  'what is refused does not run, and neither does what depends on it',
  () => {
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

    it('pitfall 9: a refused middle of a pipeline undoes what came before and skips what follows', async () => {
      client.send(run(one(1)), run(one(2)), run(one(3)), sync);
      await gated.approve();
      await waitForPending('req_2');
      await gated.deny('no');
      const turn = await client.ready();
      expect(turn.errors).toEqual(['42501']);
      expect(turn.tags).toEqual(['DELETE 1']);
      expect(turn.status).toBe('idle');
      expect(await count()).toBe(5);
      const { items } = await gated.approvals.list({}, null, 10);
      expect(items.map(({ id, state }) => `${id} ${state}`)).toEqual([
        'req_2 denied',
        'req_1 failed',
      ]);
      expect(items[1]?.outcome?.message).toMatch(/undone with its pipeline/);
      client.send(query('SELECT 1'));
      expect((await client.ready()).values).toEqual(['1']);
    });

    it('pitfall 9: a refused Query after an unsynced pipeline fails that pipeline too', async () => {
      client.send(run('SELECT 41'), run(one(1)));
      client.send(query(`${one(2)}; DROP TABLE accounts`), sync);
      await gated.approve();
      const turn = await client.ready();
      expect(turn.tags).toEqual(['SELECT 1', 'DELETE 1']);
      expect(turn.errors).toEqual(['42501']);
      await client.ready();
      expect(await count()).toBe(5);
      expect((await gated.reached('failed')).outcome?.message).toMatch(/undone/);
    });

    it('after a refusal behind Flush, everything up to Sync is skipped', async () => {
      client.send(run('DROP TABLE accounts'), flush, query('SELECT 2'), run('SELECT 3'), sync);
      const turn = await client.ready();
      expect(turn.errors).toEqual(['42501']);
      expect(turn.values).toEqual([]);
      client.send(query('SELECT 4'));
      expect((await client.ready()).values).toEqual(['4']);
    });

    it('refuses a Parse that a rule denies, without the server having seen it', async () => {
      client.send(parse('p', 'DROP TABLE accounts'), describeStatement('p'), sync);
      const turn = await client.ready();
      expect(turn.kinds).toEqual(['errorResponse', 'readyForQuery']);
      expect(turn.messages[0]).toContain('no drops here');
      expect(peer.log()).not.toContain('DROP TABLE accounts');
    });

    it('a refused statement in a transaction fails it for good', async () => {
      client.send(query('BEGIN'));
      await client.ready();
      client.send(query('DROP TABLE accounts'));
      const refused = await client.ready();
      expect(refused.errors).toEqual(['42501']);
      expect(refused.status).toBe('failed');
      client.send(query('COMMIT'));
      expect((await client.ready()).tags).toEqual(['ROLLBACK']);
    });

    it('asks nobody about what a failed transaction refuses anyway', async () => {
      client.send(query('BEGIN'));
      await client.ready();
      client.send(query('SELECT 1/0'));
      await client.ready();
      client.send(query(one(1)));
      const simple = await client.ready();
      expect([simple.errors, simple.status]).toEqual([['25P02'], 'failed']);
      client.send(run(one(1)), sync);
      expect((await client.ready()).errors).toEqual(['25P02']);
      client.send(query('ROLLBACK'));
      await client.ready();
      client.send(parse('d', one(1)), query('BEGIN'), query('SELECT 1/0'), sync);
      await client.ready();
      await client.ready();
      await client.ready();
      client.send(bind('', 'd'), execute(''), sync);
      const bound = await client.ready();
      expect([bound.errors, bound.status]).toEqual([['25P02'], 'failed']);
      expect(await gated.approvals.list({}, null, 10)).toMatchObject({ items: [] });
    });

    it('asks about what a pipeline does behind the ROLLBACK of a failed transaction', async () => {
      client.send(query('BEGIN'), query('SELECT 1/0'));
      await client.ready();
      await client.ready();
      client.send(run('ROLLBACK'), run(one(1)), sync);
      await gated.approve();
      const turn = await client.ready();
      expect(turn.tags).toEqual(['ROLLBACK', 'DELETE 1']);
      expect(await count()).toBe(4);
    });

    it('holds FunctionCall, which names its function by number', async () => {
      const now = Buffer.from('460000000e0000051300000000', 'hex');
      const call = Buffer.concat([now, Buffer.from('0000', 'hex')]);
      call.writeInt32BE(call.length - 1, 1);
      client.send(call);
      const request = await gated.held();
      expect(request.summary).toBe('function call 1299');
      await gated.deny('no');
      expect((await client.ready()).errors).toEqual(['42501']);
      client.send(call);
      await gated.approve();
      expect((await client.ready()).kinds).toEqual([
        'noticeResponse',
        'functionCallResponse',
        'readyForQuery',
      ]);
    });

    it('a portal name chosen to be there when a refusal needs one that is not changes nothing', async () => {
      client.send(query('BEGIN'));
      await client.ready();
      client.send(
        parse('s', 'SELECT 1'),
        bind('hoopx_refused', 's'),
        run('DROP TABLE accounts'),
        sync,
      );
      const turn = await client.ready();
      expect([turn.errors, turn.status]).toEqual([['42501'], 'failed']);
    });

    it('refuses COPY FROM STDIN with anything behind it in its pipeline', async () => {
      client.send(run('COPY accounts FROM STDIN'), run('SELECT 1'), sync);
      await gated.approve();
      const turn = await client.ready();
      expect(turn.errors).toEqual(['08P01']);
      expect(await count()).toBe(5);
    });

    it('bounds prepared statements', async () => {
      await using few = await startGated(peer, { limits: { maxNames: 2 } });
      await using other = await rawClient(few.port);
      other.send(
        parse('a', 'SELECT 1'),
        parse('b', 'SELECT 2'),
        sync,
        parse('c', 'SELECT 3'),
        sync,
      );
      expect((await other.ready()).errors).toEqual([]);
      expect((await other.ready()).errors).toEqual(['54000']);
      other.send(closeStatement('a'), sync, parse('c', 'SELECT 3'), sync);
      expect((await other.ready()).errors).toEqual([]);
      expect((await other.ready()).errors).toEqual([]);
      other.send(query('PREPARE d AS SELECT 4'));
      await other.ready();
      other.send(query('EXECUTE d'));
      expect((await other.ready()).errors).toEqual(['42501']);
    });
  },
);
