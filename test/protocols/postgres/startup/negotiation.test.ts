import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { decodeBackend } from '../../../../src/protocols/postgres/wire/decode-backend.ts';
import { cString, encodePacket, int32 } from '../../../../src/protocols/postgres/wire/encode.ts';
import { encodeCancelRequest } from '../../../../src/protocols/postgres/wire/startup/cancel-request.ts';
import {
  encodeGssEncRequest,
  encodeSslRequest,
} from '../../../../src/protocols/postgres/wire/startup/encryption-request.ts';
import { encodeStartupMessage } from '../../../../src/protocols/postgres/wire/startup/startup-message.ts';
import { splitAt } from '../wire/splits.ts';
import { type Front, type FrontOptions, startFront } from './front.ts';

const fronts: Front[] = [];
afterEach(() => {
  for (const front of fronts.splice(0)) front.close();
});

async function front(options: FrontOptions = {}): Promise<Front> {
  const started = await startFront(options);
  fronts.push(started);
  return started;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends and reads until the front hangs up. */
async function exchange(port: number, ...sent: Buffer[]): Promise<Buffer> {
  const socket = await dial(port);
  for (const bytes of sent) socket.write(bytes);
  const got: Buffer[] = [];
  socket.on('data', (chunk) => got.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(got);
}

const startup = encodeStartupMessage(new Map([['user', 'me']]));
const tlsHello = Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]);

describe('startup negotiation refuses', () => {
  test('pitfall 3: bytes in the clear behind the request for TLS', async () => {
    for (const behind of [startup, tlsHello]) {
      const { port, outcomes } = await front();
      const got = await exchange(port, Buffer.concat([encodeSslRequest(), behind]));
      expect(outcomes).toMatchObject([
        { kind: 'refused', refusal: { code: 'PROTOCOL_VIOLATION' } },
      ]);
      expect(got[0]).toBe(0x45);
      expect(decodeBackend(got)).toMatchObject({ fields: { severity: 'FATAL', code: '08P01' } });
    }
  });

  test('pitfall 3: a startup message where the TLS handshake belongs', async () => {
    const { port, outcomes } = await front();
    const socket = await dial(port);
    socket.write(encodeSslRequest());
    await once(socket, 'data');
    socket.write(startup);
    await once(socket, 'close');
    expect(outcomes).toMatchObject([{ kind: 'gone' }]);
  });

  test.each([[['h2']], [[]]])('pitfall 2: direct TLS with ALPN %j', async (ALPNProtocols) => {
    const { port, outcomes } = await front();
    const client = connectTls({
      host: '127.0.0.1',
      port,
      ALPNProtocols,
      rejectUnauthorized: false,
    });
    client.on('error', () => {});
    client.resume();
    await new Promise((resolve) => client.on('close', resolve));
    await expect.poll(() => outcomes.length).toBe(1);
    expect(outcomes[0]?.kind).not.toBe('startup');
  });

  test('encryption asked for twice', async () => {
    const { port, outcomes } = await front();
    await exchange(port, encodeGssEncRequest(), encodeGssEncRequest());
    expect(outcomes).toMatchObject([{ kind: 'refused' }]);
  });

  test('pitfall 15: a packet longer than the server itself would take', async () => {
    const { port, outcomes } = await front();
    await exchange(port, int32(10_001));
    expect(outcomes).toMatchObject([{ kind: 'refused', refusal: { code: 'LIMIT_EXCEEDED' } }]);
  });

  test('a client that says nothing, or stops half way', async () => {
    for (const sent of [Buffer.alloc(0), startup.subarray(0, 9)]) {
      const { port, outcomes } = await front({ timeLimitMs: 50 });
      await exchange(port, sent);
      expect(outcomes).toMatchObject([{ kind: 'refused' }]);
    }
  });

  test('nobody: arbitrary bytes have an outcome, and the next client is served', async () => {
    const { port, outcomes } = await front({ timeLimitMs: 500 });
    const packets = fc.constantFrom(encodeSslRequest(), encodeGssEncRequest(), tlsHello, startup);
    const garbage = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes));
    let clients = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(packets, garbage), { maxLength: 4 }), async (sent) => {
        const socket = await dial(port);
        socket.resume();
        socket.end(Buffer.concat(sent));
        await once(socket, 'close');
        clients += 1;
        await expect.poll(() => outcomes.length, { interval: 2 }).toBe(clients);
      }),
      { numRuns: 100 },
    );
  });
});

describe('startup negotiation accepts', () => {
  test('pitfall 8: any split of GSSENCRequest and startup', async () => {
    const { port, outcomes } = await front();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), async (size) => {
        const socket = await dial(port);
        socket.resume();
        for (const piece of splitAt(Buffer.concat([encodeGssEncRequest(), startup]), [size])) {
          socket.write(piece);
          await new Promise(setImmediate);
        }
        await once(socket, 'close');
        expect(outcomes.at(-1)).toMatchObject({
          kind: 'startup',
          parameters: new Map([['user', 'me']]),
        });
      }),
      { numRuns: 12 },
    );
  });

  test('pitfall 1: GSSENCRequest is answered N, and TLS may follow', async () => {
    const { port, outcomes } = await front();
    const socket = await dial(port);
    socket.write(encodeGssEncRequest());
    expect((await once(socket, 'data')).toString()).toBe('N');
    socket.write(encodeSslRequest());
    expect((await once(socket, 'data')).toString()).toBe('S');
    const client = connectTls({ socket, rejectUnauthorized: false });
    client.resume();
    client.write(startup);
    await once(client, 'close');
    expect(outcomes).toMatchObject([{ kind: 'startup', encrypted: true }]);
  });

  test('pitfall 4: protocol 3.2 is negotiated down, unknown options are listed', async () => {
    const { port, outcomes } = await front();
    const texts = ['user', 'me', '_pq_.a', '1', '_pq_.b', '2'].map(cString);
    const newer = encodePacket(int32((3 << 16) | 2), ...texts, Buffer.of(0));
    expect(decodeBackend(await exchange(port, newer))).toMatchObject({
      kind: 'negotiateProtocolVersion',
      version: 3 << 16,
      unrecognised: ['_pq_.a', '_pq_.b'],
    });
    expect(outcomes).toMatchObject([{ kind: 'startup', parameters: new Map([['user', 'me']]) }]);
  });

  test('pitfall 5: a cancel request, with a key of any length, in the clear and in TLS', async () => {
    const { port, outcomes } = await front();
    for (const length of [4, 32, 256]) {
      const key = { pid: 0xfffffffe, secret: Buffer.alloc(length, 7) };
      expect(await exchange(port, encodeCancelRequest(key))).toEqual(Buffer.alloc(0));
      expect(outcomes.at(-1)).toMatchObject({ kind: 'cancel', key });
    }
    const client = connectTls({
      host: '127.0.0.1',
      port,
      ALPNProtocols: ['postgresql'],
      rejectUnauthorized: false,
    });
    client.resume();
    client.write(encodeCancelRequest({ pid: 1, secret: Buffer.alloc(4) }));
    await once(client, 'close');
    expect(outcomes.at(-1)).toMatchObject({ kind: 'cancel', key: { pid: 1 } });
  });
});
