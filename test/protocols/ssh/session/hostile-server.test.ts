import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Channel } from '../../../../src/protocols/ssh/connection/channel.ts';
import { ChannelRefusedError } from '../../../../src/protocols/ssh/connection/channel-refused-error.ts';
import type {
  ChannelOpen,
  Connection,
} from '../../../../src/protocols/ssh/connection/connection.ts';
import {
  encodeDataHead,
  string,
  uint32,
} from '../../../../src/protocols/ssh/wire/connection/encode.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { type Gated, pause, type Started, startGated } from './gated.ts';
import { type HostileServer, startHostileServer } from './hostile-server.ts';

const mebibyte = 1024 * 1024;
const nothing = Buffer.alloc(0);

/** What it does once a command is started in a channel. */
type Deed = (channel: Channel, connection: Connection) => unknown;

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'a hostile server', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  async function run(deed: Deed) {
    await using server: HostileServer = await startDoing(deed);
    await using gated = await startGated(peer, {
      target: { ...server.target, forwarding: { local: true, remote: true } },
    });
    const ran = await gated.ssh('target', 'echo').ended;
    await sessionsEnd(gated);
    expect(gated.failures).toEqual([]);
    return ran;
  }

  test('that sends more than the window lets in, to a client that stalls, is cut off', async () => {
    const before = process.memoryUsage.rss();
    const block = Buffer.alloc(32 * 1024);
    let sent = 0;
    let client: Started | null = null;
    await using server = await startDoing(async (channel, { transport }) => {
      client?.child.kill('SIGSTOP');
      while (sent < 64 * mebibyte && !transport.closed.aborted) {
        transport.send(encodeDataHead(channel.id, 0, block.length), block);
        sent += block.length;
        await Promise.race([transport.uncongested(), pause(100)]);
      }
      client?.child.kill('SIGCONT');
    });
    await using gated = await startGated(peer, { target: server.target });
    client = gated.ssh('target', 'echo');
    const { code, stderr } = await client.ended;
    expect(sent).toBeLessThan(16 * mebibyte);
    expect(stderr).toContain('the server closed the connection');
    expect(code).toBe(84);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * mebibyte);
    expect(gated.failures).toEqual([]);
  });

  test('that opens channels by itself is refused each of them', async () => {
    const reasons: number[] = [];
    const { code } = await run(async (channel, connection) => {
      const place = Buffer.concat([string('127.0.0.1'), uint32(80), string('::1'), uint32(1)]);
      for (const type of ['session', 'forwarded-tcpip', 'x11', 'auth-agent@openssh.com', '']) {
        try {
          await connection.open(type, place);
        } catch (error) {
          if (error instanceof ChannelRefusedError) reasons.push(error.reason);
        }
      }
      channel.tell('exit-status', uint32(0));
      channel.close();
    });
    expect(code).toBe(0);
    expect(reasons).toEqual([1, 1, 1, 1, 1]);
  });

  test('that says how it ended twice is believed once', async () => {
    const { code } = await run((channel) => {
      channel.tell('exit-status', uint32(7));
      channel.tell('exit-status', uint32(0));
      channel.close();
    });
    expect(code).toBe(7);
  });

  test('that closes without a word leaves the outcome unknown', async () => {
    const { code } = await run((channel) => channel.close());
    expect(code).toBe(84);
  });

  test('whose exit status is no number ends the session, and is no fault of ours', async () => {
    const { code } = await run((channel) => channel.tell('exit-status', nothing));
    expect(code).not.toBe(0);
  });

  test('that never answers lets its client leave', async () => {
    await using server = await startHostileServer({ opening: () => {} });
    await using gated = await startGated(peer, { target: server.target });
    const client = gated.ssh('target', 'echo');
    while (gated.decisions.length === 0) await pause();
    client.child.kill('SIGKILL');
    await sessionsEnd(gated);
    expect(gated.failures).toEqual([]);
  });

  test('that sends any messages at all breaks nothing', async () => {
    const messages = fc.array(
      fc
        .tuple(fc.integer({ min: 80, max: 127 }), fc.integer({ min: 0, max: 2 }), fc.uint8Array())
        .map(([number, id, rest]) => Buffer.concat([Buffer.of(number), uint32(id), rest])),
      { minLength: 1, maxLength: 20 },
    );
    let next: readonly Buffer[] = [];
    await using server = await startDoing((channel, { transport }) => {
      for (const message of next) transport.send(message);
      channel.close();
    });
    await using gated = await startGated(peer, { target: server.target });
    await fc.assert(
      fc.asyncProperty(messages, async (some) => {
        next = some;
        await gated.ssh('target', 'echo').ended;
      }),
      { numRuns: 40 },
    );
    await sessionsEnd(gated);
    expect(gated.failures).toEqual([]);
  });
});

async function startDoing(deed: Deed): Promise<HostileServer> {
  const connections: Connection[] = [];
  return startHostileServer({
    connected: (connection) => void connections.push(connection),
    opening: (open: ChannelOpen) => {
      const channel = open.accept();
      channel.takeRequests((request) => {
        request.reply(true);
        const connection = connections.at(-1);
        if (request.type === 'exec' && connection !== undefined) deed(channel, connection);
      });
    },
  });
}

async function sessionsEnd(gated: Gated): Promise<void> {
  while (gated.sessions() > 0) await pause();
}
