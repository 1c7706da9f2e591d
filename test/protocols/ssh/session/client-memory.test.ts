import { once } from 'node:events';
import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  encodeChannelRequest,
  encodeDataHead,
  string,
  uint32,
} from '../../../../src/protocols/ssh/wire/connection/encode.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { pause, startGated } from './gated.ts';
import { connectRaw, type RawClient } from './raw-client.ts';

const mebibyte = 1024 * 1024;
const nothing = Buffer.alloc(0);
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'memory that a client can take', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  const taken = () => {
    collect();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed;
  };

  /** How much more is kept once `send` has been called so often. */
  async function growth({ transport }: RawClient, times: number, send: () => void) {
    const before = taken();
    for (let n = 0; n < times; n += 1) {
      send();
      if (transport.congested) await transport.uncongested();
    }
    await pause(500);
    return taken() - before;
  }

  test('while held, single bytes of two streams in turn are kept in little more than their size', async () => {
    await using gated = await startGated(peer);
    const raw = await connectRaw(gated.port);
    const channel = await raw.connection.open('session', nothing);
    expect(await channel.ask('exec', string('tee /dev/null'))).toBe(true);
    await gated.held();
    let stream = 0;
    const byte = Buffer.from('x');
    const more = await growth(raw, 40_000, () => {
      stream = 1 - stream;
      raw.transport.send(encodeDataHead(channel.id, stream, 1), byte);
    });
    expect(more).toBeLessThan(40 * mebibyte);
    expect((await gated.held()).state).toBe('pending');
    raw.transport.fail('done');
    await gated.reached('cancelled');
  });

  test('a forwarding whose server does not read takes no requests without end', async () => {
    const deaf = createServer((socket) => socket.pause().on('error', () => {}));
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const address = deaf.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await using gated = await startGated(peer, {
      rules: [{ name: 'forwards', ssh: { kind: ['direct_tcpip'] }, then: 'allow' }],
      target: { forwarding: { local: true, remote: false } },
    });
    const raw = await connectRaw(gated.port);
    const route = Buffer.concat([string('127.0.0.1'), uint32(port), string('x'), uint32(1)]);
    const channel = await raw.connection.open('direct-tcpip', route);
    const block = Buffer.alloc(32 * 1024);
    void (async () => {
      for (let n = 0; n < 4096; n += 1) await channel.send(0, block);
    })();
    await pause(2000);
    const asking = encodeChannelRequest(channel.id, {
      ...{ type: 'what@is.this', wantReply: false, fields: block },
    });
    const more = await growth(raw, 6_000, () => raw.transport.send(asking));
    expect(more).toBeLessThan(60 * mebibyte);
    raw.transport.fail('done');
    deaf.close();
  });
});
