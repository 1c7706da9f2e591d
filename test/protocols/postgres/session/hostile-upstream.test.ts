import { createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { encodeAuthenticationOk } from '../../../../src/protocols/postgres/wire/backend/authentication.ts';
import { encodeBackendKeyData } from '../../../../src/protocols/postgres/wire/backend/backend-key-data.ts';
import { encodeCommandComplete } from '../../../../src/protocols/postgres/wire/backend/command-complete.ts';
import { encodeParameterStatus } from '../../../../src/protocols/postgres/wire/backend/parameter-status.ts';
import { encodeReadyForQuery } from '../../../../src/protocols/postgres/wire/backend/ready-for-query.ts';
import { encodeErrorResponse } from '../../../../src/protocols/postgres/wire/backend/report.ts';
import { encodeMessage } from '../../../../src/protocols/postgres/wire/encode.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { hostileServer } from '../upstream/hostile-server.ts';
import { type Gated, startGated } from './gated.ts';
import { query, type RawClient, rawClient, run, sync } from './raw-client.ts';

const key = { pid: 1, secret: Buffer.from([1, 2, 3, 4]) };
const greeting = Buffer.concat([
  encodeAuthenticationOk(),
  encodeParameterStatus('standard_conforming_strings', 'on'),
  encodeParameterStatus('client_encoding', 'UTF8'),
  encodeBackendKeyData(key),
  encodeReadyForQuery('idle'),
]);
const ready = encodeReadyForQuery('idle');
const announced = (type: string, length: number) => {
  const header = Buffer.from(`${type}....`);
  header.writeInt32BE(length, 1);
  return header;
};

const cleanUp: (() => unknown)[] = [];

afterEach(async () => {
  for (const one of cleanUp.splice(0).reverse()) await one();
});

/** A session before a server that greets well and then says `answer` to whatever comes. */
async function before(answer: (socket: Socket, turn: number) => void): Promise<[RawClient, Gated]> {
  const server = await hostileServer('disable', (socket) => {
    let turn = -1;
    socket.on('data', () => {
      turn += 1;
      if (turn === 0) socket.write(greeting);
      else answer(socket, turn);
    });
  });
  const { host, port, database, user, password } = server.target;
  const peer = { host, port, database, user, password: password?.reveal() ?? '' };
  const gated = await startGated(peer, { limits: { windDownMs: 300 } });
  const client = await rawClient(gated.port);
  cleanUp.push(
    () => server.close(),
    () => gated[Symbol.asyncDispose](),
    () => client[Symbol.asyncDispose](),
  );
  return [client, gated];
}

describeWith([], 'pitfall 15: a hostile server', () => {
  const lies: Readonly<Record<string, Buffer>> = {
    'a second ReadyForQuery': Buffer.concat([encodeCommandComplete('SELECT 0'), ready, ready]),
    'a CommandComplete that nobody asked for': Buffer.concat([
      encodeCommandComplete('SELECT 0'),
      ready,
      encodeCommandComplete('DELETE 5'),
    ]),
    'ParseComplete for a Query': encodeMessage(0x31),
    'a later BackendKeyData': encodeBackendKeyData(key),
    'a new authentication': encodeAuthenticationOk(),
    CopyBoth: encodeMessage(0x57, Buffer.from([0, 0, 0])),
    'an unknown type': Buffer.from('?\0\0\0\x04'),
    'a length that is negative': announced('D', -1),
    'a length that is too small': announced('Z', 3),
    'an error of a gigabyte': announced('E', 1 << 30),
    'a command tag that is no text': Buffer.concat([announced('C', 6), Buffer.from([0xff, 0])]),
    'a transaction status that there is not': encodeMessage(0x5a, Buffer.from('X')),
  };

  for (const [name, bytes] of Object.entries(lies)) {
    it(`ends the session at ${name}`, async () => {
      const [client] = await before((socket) => socket.write(bytes));
      client.send(query('SELECT 1'));
      await client.closed();
      expect(client.all.at(-1)).toMatchObject({ fields: { severity: 'FATAL', code: '08001' } });
    });
  }

  it('does not let a server that takes a refused message for good go on', async () => {
    const [client] = await before((socket, turn) => {
      if (turn === 1)
        socket.write(Buffer.concat([encodeCommandComplete('BEGIN'), encodeReadyForQuery('open')]));
      else socket.write(Buffer.concat([encodeCommandComplete('SELECT 1'), ready]));
    });
    client.send(query('BEGIN'));
    await client.ready();
    client.send(query('DROP TABLE t'));
    await client.closed();
    expect(client.all.at(-1)).toMatchObject({ fields: { severity: 'FATAL', code: '08001' } });
  });

  it('records an approved operation that it was lied to about as unknown', async () => {
    const [client, gated] = await before((socket) => socket.write(encodeMessage(0x32)));
    client.send(query('DELETE FROM t'));
    await gated.approve();
    await client.closed();
    expect((await gated.reached('unknown')).outcome?.message).toContain('connection ended');
  });

  it('a swapped error is one that a refusal was owed for, never another', async () => {
    const fake = encodeErrorResponse({ severity: 'ERROR', code: 'P0001', message: 'theirs' });
    const [client] = await before((socket) => socket.write(Buffer.concat([fake, ready])));
    client.send(query('SELECT 1'));
    expect((await client.ready()).messages).toEqual(['theirs']);
  });

  it('passes a row of two gigabytes on as it comes, in bounded memory', async () => {
    const chunk = Buffer.alloc(1 << 20);
    let sent = 0;
    const [client] = await before((socket) => {
      socket.write(announced('D', 0x7fffffff));
      const more = () => {
        while (socket.writable && socket.write(chunk)) sent += chunk.length;
        socket.once('drain', more);
      };
      more();
    });
    client.socket.pause();
    client.send(query('SELECT 1'));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(sent).toBeLessThan(64 << 20);
  });

  it('a server that reads nothing stops the client, not the gateway', async () => {
    const stuck = createServer((socket) => {
      socket.once('data', () => {
        socket.write(greeting);
        socket.pause();
      });
    });
    await new Promise<void>((resolve) => stuck.listen(0, '127.0.0.1', resolve));
    const address = stuck.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const peer = {
      host: '127.0.0.1',
      port: address.port,
      database: 'app',
      user: 'u',
      password: 'p',
    };
    const gated = await startGated(peer, { limits: { windDownMs: 300, maxSegmentBytes: 1 << 20 } });
    const client = await rawClient(gated.port);
    cleanUp.push(
      () => stuck.close(),
      () => gated[Symbol.asyncDispose](),
      () => client[Symbol.asyncDispose](),
    );
    const big = Buffer.concat([run(`SELECT '${'x'.repeat(500_000)}'`), sync]);
    for (let n = 0; n < 60; n += 1) client.send(big);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(client.socket.writableLength).toBeGreaterThan(10 << 20);
  });
});
