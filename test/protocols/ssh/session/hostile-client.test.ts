import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  encodeChannelRequest,
  encodeDataHead,
  encodeGlobalRequest,
  encodeOpen,
  string,
  uint32,
} from '../../../../src/protocols/ssh/wire/connection/encode.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { engineer, type Gated, pause, startGated } from './gated.ts';
import { connectRaw, startRaw } from './raw-client.ts';

const mebibyte = 1024 * 1024;
const nothing = Buffer.alloc(0);

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'a hostile client', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  test('that sends any bytes at all breaks nothing', async () => {
    await using gated = await startGated(peer);
    const greeting = Buffer.from('SSH-2.0-x\r\n');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, greet) => {
        const socket = connect(gated.port, '127.0.0.1');
        socket.on('error', () => {});
        socket.resume();
        socket.end(Buffer.concat([greet ? greeting : nothing, bytes]));
        await once(socket, 'close');
      }),
      { numRuns: 200 },
    );
    expect(gated.failures).toEqual([]);
  });

  test('that does not log in is hung up on', async () => {
    await using gated = await startGated(peer, { limits: { loginMs: 200 } });
    const socket = connect(gated.port, '127.0.0.1');
    socket.resume();
    await once(socket, 'close');
    expect(gated.sessions()).toBe(0);
  });

  test('pitfall 16: that asks for a channel before its login gets none', async () => {
    await using gated = await startGated(peer);
    const { ssh, transport } = startRaw(gated.port);
    await once(ssh, 'handshake');
    transport.send(encodeOpen({ type: 'session', sender: 0, ...sizes, fields: nothing }));
    await once(ssh, 'close');
    expect(gated.decisions).toEqual([]);
    expect(gated.failures).toEqual([]);
  });

  test('pitfall 22: is who the tunnel says, whatever key or password it offers', async () => {
    await using gated = await startGated(peer);
    const ssh = new ssh2.Client();
    const failed = once(ssh, 'error');
    ssh.connect({
      ...{ host: '127.0.0.1', port: gated.port, username: 'hoopx' },
      ...{ privateKey: peer.key, password: 'secret' },
      authHandler: ['publickey', 'password', 'keyboard-interactive'],
    });
    expect(`${(await failed)[0]}`).toContain('All configured authentication methods failed');
    expect(gated.sessions()).toBe(0);
    const client = gated.ssh('-i', peer.keyFile, 'target', 'touch /dev/null');
    expect((await gated.held()).principal).toEqual(engineer);
    client.child.kill();
  });

  test('pitfall 23: that sends more than the window lets in while held is cut off', async () => {
    await using gated = await startGated(peer);
    const before = process.memoryUsage.rss();
    const { transport, channel } = await heldExec(gated);
    const block = Buffer.alloc(32 * 1024);
    for (let sent = 0; sent < 400 * mebibyte && !transport.closed.aborted; sent += block.length) {
      transport.send(encodeDataHead(channel.id, 0, block.length), block);
      if (transport.congested) await Promise.race([transport.uncongested(), pause(100)]);
    }
    await gated.reached('cancelled');
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * mebibyte);
    await sessionsEnd(gated);
  });

  test('that sends its window in single bytes while held takes no more memory', async () => {
    await using gated = await startGated(peer);
    const { transport, channel } = await heldExec(gated);
    const before = process.memoryUsage().heapUsed;
    const byte = Buffer.from('x');
    for (let sent = 0; sent < 200_000; sent += 1) {
      transport.send(encodeDataHead(channel.id, 0, 1), byte);
      if (transport.congested) await transport.uncongested();
    }
    await pause(500);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60 * mebibyte);
    expect((await gated.held()).state).toBe('pending');
    transport.fail('done');
    await gated.reached('cancelled');
  });

  test('that asks without end and never reads is cut off', async () => {
    await using gated = await startGated(peer);
    const { socket, transport } = await connectRaw(gated.port);
    socket.pause();
    socket.removeAllListeners('data');
    const ask = encodeGlobalRequest('what@is.this', true, nothing);
    while (!transport.closed.aborted && gated.sessions() > 0) {
      for (let n = 0; n < 1000; n += 1) transport.send(ask);
      await pause(1);
    }
    await sessionsEnd(gated);
    expect(gated.failures).toEqual([]);
  });

  test('that sends any messages before the decision never gets anything run', async () => {
    const before = peer.started();
    await using gated = await startGated(peer, {
      target: { forwarding: { local: true, remote: true } },
      rules: [{ name: 'review', ssh: { kind: ['exec', 'shell'] }, then: 'review', chain: 'ops' }],
    });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 30 }), async (messages) => {
        const { transport, ssh } = await connectRaw(gated.port);
        const closed = once(ssh, 'close');
        for (const one of messages) transport.send(one);
        await pause(5);
        transport.fail('done');
        await closed;
      }),
      { numRuns: 150 },
    );
    await sessionsEnd(gated);
    expect(gated.failures).toEqual([]);
    expect(gated.decisions.filter(({ refusal }) => refusal === null)).toEqual([]);
    expect(peer.started()).toBe(before);
  });

  test('whose command is not UTF-8 is not decided on other bytes than it sent', async () => {
    await using gated = await startGated(peer, {
      rules: [
        { name: 'all', ssh: { kind: ['exec'], class: ['unknown'] }, then: 'review', chain: 'ops' },
      ],
    });
    const { connection, transport } = await connectRaw(gated.port);
    const channel = await connection.open('session', nothing);
    const bytes = Buffer.from([0x65, 0x63, 0x68, 0x6f, 0x20, 0xff, 0xfe]);
    expect(await channel.ask('exec', string(bytes))).toBe(true);
    const request = await gated.held();
    await gated.approve(request);
    const output: Buffer[] = [];
    for (;;) {
      const item = await channel.next();
      if (item.kind === 'close') break;
      if (item.kind === 'data' && item.stream === 0) output.push(item.bytes);
    }
    expect(Buffer.concat(output)).toEqual(Buffer.from([0xff, 0xfe, 0x0a]));
    transport.fail('done');
  });
});

const sizes = { window: 2 * mebibyte, maxPacket: 32_768 };

async function heldExec(gated: Gated) {
  const { connection, transport } = await connectRaw(gated.port);
  const channel = await connection.open('session', nothing);
  expect(await channel.ask('exec', string('tee /dev/null'))).toBe(true);
  await gated.held();
  return { transport, channel };
}

async function sessionsEnd(gated: Gated): Promise<void> {
  while (gated.sessions() > 0) await pause();
}

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const id = fc.integer({ min: 0, max: 3 });
const requestType = fc.constantFrom(
  ...['exec', 'shell', 'subsystem', 'env', 'pty-req', 'window-change', 'signal', 'x11-req'],
  ...['auth-agent-req@openssh.com', 'exit-status', 'eow@openssh.com', 'what'],
);

/** Right ones in wrong places, and wrong ones. */
const message: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .constantFrom('session', 'direct-tcpip', 'forwarded-tcpip', 'x11', 'auth-agent@openssh.com')
    .chain((type) => bytes.map((fields) => encodeOpen({ type, sender: 0, ...sizes, fields }))),
  fc
    .tuple(id, requestType, fc.boolean(), fc.oneof(bytes, bytes.map(string)))
    .map(([to, type, wantReply, fields]) => encodeChannelRequest(to, { type, wantReply, fields })),
  fc
    .tuple(fc.constantFrom('tcpip-forward', 'cancel-tcpip-forward', 'x'), fc.boolean(), bytes)
    .map(([name, wantReply, fields]) => encodeGlobalRequest(name, wantReply, fields)),
  fc
    .tuple(id, bytes)
    .map(([to, data]) => Buffer.concat([encodeDataHead(to, 0, data.length), data])),
  fc
    .tuple(fc.integer({ min: 80, max: 127 }), fc.option(id), bytes)
    .map(([number, to, rest]) =>
      Buffer.concat([Buffer.of(number), to === null ? nothing : uint32(to), rest]),
    ),
);
