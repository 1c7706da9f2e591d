import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { RefusedError } from '../../../../src/core/refusal.ts';
import { encodeTerminate } from '../../../../src/protocols/postgres/wire/frontend/bodiless.ts';
import { encodeCopyData } from '../../../../src/protocols/postgres/wire/frontend/copy.ts';
import type { PostgresPeer } from '../../../peers/postgres.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { countAccounts, refillAccounts, startWithAccounts } from './accounts.ts';
import { type Gated, startGated } from './gated.ts';
import {
  bind,
  cancelWith,
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
const slowly = 'DELETE FROM accounts WHERE pg_sleep(30) IS NOT NULL';

async function untilServer(where: string, some: boolean): Promise<void> {
  const text = `SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND ${where}`;
  while ((await peer.query(text)).length > 0 !== some) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const running = () => untilServer("state = 'active' AND query LIKE '%pg_sleep(30)%'", true);
const nobodyThere = () => untilServer('true', false);

describeWith(['postgres'], 'how a session ends, and what that means for what it runs', () => {
  beforeAll(async () => {
    peer = await startWithAccounts();
  }, 60_000);

  beforeEach(async () => {
    await refillAccounts(peer);
    gated = await startGated(peer, { limits: { windDownMs: 1500 } });
    client = await rawClient(gated.port);
    return async () => {
      await client[Symbol.asyncDispose]();
      await gated[Symbol.asyncDispose]();
    };
  });

  afterAll(() => peer?.stop());

  it('pitfall 13: Terminate while held cancels, and never runs', async () => {
    client.send(query('DELETE FROM accounts'));
    const request = await gated.held();
    client.send(encodeTerminate());
    await gated.reached('cancelled');
    await expect(gated.approve(request)).rejects.toThrow();
    await nobodyThere();
    expect(await count()).toBe(5);
  });

  it('tells why at once and ends within a second when the gateway ends it while held', async () => {
    client.send(query('DELETE FROM accounts'));
    await gated.held();
    const began = Date.now();
    gated.ending.abort(new RefusedError({ code: 'SESSION_KILLED', message: 'ended by ann' }));
    await client.closed();
    expect(Date.now() - began).toBeLessThan(1000);
    expect(client.all.at(-1)).toMatchObject({ fields: { severity: 'FATAL', code: '57P01' } });
    await gated.reached('cancelled');
  });

  it('pitfall 44: hangs up within a second while a statement runs, which is cancelled', async () => {
    client.send(query(slowly));
    await gated.approve();
    await running();
    const began = Date.now();
    gated.ending.abort(new RefusedError({ code: 'SESSION_KILLED', message: 'ended by ann' }));
    await client.closed();
    expect(Date.now() - began).toBeLessThan(1000);
    expect((await gated.reached('failed')).outcome?.targetCode).toBe('57014');
    await nobodyThere();
    expect(await count()).toBe(5);
  });

  it('ends where nothing runs when the gateway drains, and lets a transaction finish first', async () => {
    client.send(query('BEGIN'));
    await client.ready();
    const reason = new RefusedError({ code: 'GATEWAY_STOPPING', message: 'stopping' });
    gated.draining.abort(reason);
    client.send(query('SELECT 1'));
    expect((await client.ready()).values).toEqual(['1']);
    client.send(query('COMMIT'));
    expect((await client.ready()).tags).toEqual(['COMMIT']);
    await client.closed();
    expect(client.all.at(-1)).toMatchObject({ fields: { severity: 'FATAL', code: '57P01' } });
  });

  it('does not mistake a pipeline without its Sync for rest when the gateway drains', async () => {
    client.send(run('SELECT 1'), flush);
    await client.until('commandComplete');
    gated.draining.abort(new RefusedError({ code: 'GATEWAY_STOPPING', message: 'stopping' }));
    client.send(run('SELECT 2'), sync);
    expect((await client.ready()).values).toEqual(['2']);
    await client.closed();
  });

  it('lets what runs finish for a client that left, and learns how it went', async () => {
    client.send(query('DELETE FROM accounts WHERE pg_sleep(0.2) IS NOT NULL'));
    await gated.approve();
    await untilServer("state = 'active' AND query LIKE '%pg_sleep(0.2)%'", true);
    client.socket.destroy();
    expect((await gated.reached('succeeded')).outcome?.rowCount).toBe(5);
    await nobodyThere();
  });

  it('stops a statement that streams rows to a client that left', async () => {
    client.send(query("SELECT repeat('x', 1000), generate_series(1, 100000000)"));
    await client.until('dataRow');
    client.socket.destroy();
    await nobodyThere();
  });

  it('ends a bound portal of a client that left, in the transaction that it left open', async () => {
    client.send(query('BEGIN'));
    await client.ready();
    client.send(parse('', 'DELETE FROM accounts'), bind('', ''), flush);
    await gated.approve();
    await client.until('bindComplete');
    client.socket.destroy();
    expect((await gated.reached('failed')).outcome?.message).toBe('bound, and never executed');
    await nobodyThere();
    expect(await count()).toBe(5);
  });

  it('undoes a COPY whose client left, whether between messages or inside one', async () => {
    for (const cut of [0, 3, 5000]) {
      const copying = await rawClient(gated.port);
      copying.send(query('COPY accounts FROM STDIN'));
      await gated.approve();
      await copying.until('copyInResponse');
      const whole = encodeCopyData(Buffer.from(`100\t${'x'.repeat(9000)}\n`));
      copying.send(encodeCopyData(Buffer.from('99\tx\n')), whole.subarray(0, whole.length - cut));
      await new Promise((resolve) => setTimeout(resolve, 50));
      copying.socket.destroy();
      await copying.closed();
      await gated.reached('failed');
    }
    client.socket.destroy();
    await nobodyThere();
    expect(await count()).toBe(5);
  });

  it('pitfall 5: cancels what runs only with the whole key, and what is held without the server', async () => {
    client.send(query(slowly));
    await gated.approve();
    await running();
    const { pid, secret } = client.key;
    await cancelWith(gated.port, { pid, secret: Buffer.from([1, 2, 3, 4]) });
    await cancelWith(gated.port, { pid: pid ^ 1, secret });
    await cancelWith(gated.port, client.key);
    expect((await client.ready()).errors).toEqual(['57014']);
    expect((await gated.reached('failed')).outcome?.targetCode).toBe('57014');
    client.send(query('DELETE FROM accounts'));
    await gated.held();
    await cancelWith(gated.port, client.key);
    const turn = await client.ready();
    expect([turn.errors, turn.status]).toEqual([['57014'], 'idle']);
    await cancelWith(gated.port, client.key);
    client.send(query('SELECT 5'));
    expect((await client.ready()).values).toEqual(['5']);
  });

  it('a cancelled hold inside a transaction fails the real one', async () => {
    client.send(query('BEGIN'));
    await client.ready();
    client.send(query('DELETE FROM accounts'));
    await gated.held();
    await cancelWith(gated.port, client.key);
    const turn = await client.ready();
    expect([turn.errors, turn.status]).toEqual([['57014'], 'failed']);
  });

  it('says FATAL for what is no message, and for one that is too long', async () => {
    for (const [bytes, code] of [
      [Buffer.from('?aaaa'), '08P01'],
      [Buffer.from('510fffffff', 'hex'), '54000'],
      [Buffer.from('5100000000', 'hex'), '08P01'],
      [Buffer.from('510000000861ff6200', 'hex'), '08P01'],
      [Buffer.from('700000000861626300', 'hex'), '08P01'],
    ] as const) {
      const bad = await rawClient(gated.port);
      bad.send(bytes);
      await bad.closed();
      expect(bad.all.at(-1)).toMatchObject({ fields: { severity: 'FATAL', code } });
    }
  });

  it('drops COPY data that no COPY reads', async () => {
    client.send(encodeCopyData(Buffer.from('1\tx\n')), Buffer.from('6300000004', 'hex'));
    client.send(query('SELECT 6'));
    expect((await client.ready()).values).toEqual(['6']);
  });

  it('ends a session that sends statements where COPY data must come', async () => {
    client.send(query('COPY accounts FROM STDIN'));
    await gated.approve();
    await client.until('copyInResponse');
    client.send(query('DELETE FROM accounts'));
    await client.closed();
    expect(client.all.at(-1)).toMatchObject({ fields: { severity: 'FATAL', code: '08P01' } });
    expect(await count()).toBe(5);
  });

  it('does not know the outcome of what ran when the server died, and says so', async () => {
    client.send(query(slowly));
    await gated.approve();
    await running();
    await peer.kill9();
    await client.closed();
    await gated.reached('unknown');
    await peer.restart();
    expect(await count()).toBe(5);
  });

  it('cancels what is held when the server is shut down, and passes its own goodbye on', async () => {
    client.send(query('DELETE FROM accounts'));
    await gated.held();
    await peer.shutDown();
    await client.closed();
    await gated.reached('cancelled');
    const errors = client.all.filter((message) => message.kind === 'errorResponse');
    expect(errors).toMatchObject([{ fields: { severity: 'FATAL', code: '57P01' } }]);
    await peer.restart();
  });

  it('pitfall 8: takes 1-byte writes, and everything in one write', async () => {
    const all = Buffer.concat([
      query('SELECT 1'),
      run('SELECT $1::int', '2'),
      sync,
      query('SELECT 3'),
      parse('n', 'SELECT 4'),
      sync,
      bind('p', 'n'),
      execute('p'),
      sync,
    ]);
    const values: string[] = [];
    const read = async () => {
      for (let turn = 0; turn < 5; turn += 1) values.push(...(await client.ready()).values);
    };
    client.send(all);
    await read();
    for (const byte of Buffer.from(all.toString('latin1').replaceAll('n\0', 'm\0'), 'latin1')) {
      if (!client.socket.write(Buffer.of(byte))) await once(client.socket, 'drain');
    }
    await read();
    expect(values).toEqual(['1', '2', '3', '4', '1', '2', '3', '4']);
  });

  it('a flood of tiny messages before a Sync is bounded by what it takes in memory', async () => {
    await using small = await startGated(peer, { limits: { maxSegmentBytes: 100_000 } });
    await using flooding = await rawClient(small.port);
    flooding.send(...Array.from({ length: 1000 }, () => parse('', '')));
    await flooding.closed();
    expect(flooding.all.at(-1)).toMatchObject({ fields: { code: '54000' } });
  });

  it('answers thousands of Syncs that come at once', async () => {
    client.send(...Array.from({ length: 5000 }, () => sync), query('SELECT 8'));
    for (let turn = 0; turn < 5000; turn += 1) await client.ready();
    expect((await client.ready()).values).toEqual(['8']);
  });
});
