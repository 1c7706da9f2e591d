import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../../../src/core/exit-codes.ts';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { Secret } from '../../../../src/core/secret.ts';
import type { ChannelRequest } from '../../../../src/protocols/ssh/connection/channel-request.ts';
import type { Connection } from '../../../../src/protocols/ssh/connection/connection.ts';
import { boolean, string, uint32 } from '../../../../src/protocols/ssh/wire/connection/encode.ts';
import { encodeVersion } from '../../../../src/protocols/ssh/wire/greeting.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { pause, startGated } from './gated.ts';
import { type Serving, startHostileServer } from './hostile-server.ts';
import { connectRaw } from './raw-client.ts';

const mebibyte = 1024 * 1024;
const nothing = Buffer.alloc(0);
const short = Buffer.from([1]);

const rules: readonly RuleSpec[] = [
  { name: 'echo passes', ssh: { kind: ['exec'], commands: ['echo'] }, then: 'allow' },
  { name: 'others', ssh: { kind: ['exec'], commands: ['touch'] }, then: 'review', chain: 'ops' },
  { name: 'forwards', ssh: { kind: ['tcpip_forward', 'forwarded_tcpip'] }, then: 'allow' },
];

/** Accepts every channel, and every request in it; then does `act`. */
function answering(act: (request: ChannelRequest, of: Parts) => void): Serving {
  return {
    opening(open) {
      const channel = open.accept();
      channel.takeRequests((request) => {
        request.reply(true);
        act(request, { channel });
      });
    },
  };
}

interface Parts {
  readonly channel: ReturnType<Parameters<NonNullable<Serving['opening']>>[0]['accept']>;
}

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'the faults of a server', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  async function before(serving: Serving, target = {}) {
    const server = await startHostileServer(serving);
    const gated = await startGated(peer, { rules, target: { ...server.target, ...target } });
    return {
      gated,
      async [Symbol.asyncDispose]() {
        await gated[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  test.each(['exit-status', 'exit-signal'])(
    'whose %s is cut short leaves the outcome of a command unknown',
    async (type) => {
      const serving = answering(({ type: asked }, { channel }) => {
        if (asked !== 'exec') return;
        channel.tell(type, short);
        channel.close();
      });
      await using parts = await before(serving);
      const { gated } = parts;
      const client = gated.ssh('target', 'touch x');
      await gated.approve();
      expect((await client.ended).code).toBe(exitCodes.outcomeUnknown);
      expect((await gated.reached('unknown')).state).toBe('unknown');
      expect(gated.failures).toEqual([]);
    },
  );

  test('whose exit status is cut short in SFTP harms nobody else', async () => {
    const serving = answering(({ type }, { channel }) => {
      if (type !== 'subsystem') return;
      void channel.send(0, encodeVersion({ version: 3, extensions: [] }));
      channel.tell('exit-status', short);
      channel.close();
    });
    await using parts = await before(serving, { sftp: true });
    const { gated } = parts;
    const rejected: unknown[] = [];
    const listener = (error: unknown) => void rejected.push(error);
    process.on('unhandledRejection', listener);
    const client = gated.ssh('-s', 'target', 'sftp');
    client.child.stdin?.write(Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]));
    await pause(300);
    client.child.kill();
    await client.ended;
    process.off('unhandledRejection', listener);
    expect(rejected).toEqual([]);
    expect(gated.failures).toEqual([]);
  });

  test('cannot make hoopx exec believe that nothing ran', async () => {
    const serving = answering(({ type }, { channel }) => {
      if (type !== 'exec') return;
      const name = string('DENIED_BY_RULE@hoopx');
      channel.tell('exit-signal', Buffer.concat([name, boolean(false), string('no'), string('')]));
      channel.close();
    });
    await using parts = await before(serving);
    const { connection, transport } = await connectRaw(parts.gated.port);
    const channel = await connection.open('session', nothing);
    await channel.ask('exec', string('echo'));
    const told: string[] = [];
    for (;;) {
      const item = await channel.next();
      if (item.kind === 'close') break;
      if (item.kind === 'request') told.push(item.request.fields.toString('latin1'));
    }
    expect(told).toHaveLength(1);
    expect(told[0]).not.toContain('@hoopx');
    transport.fail('done');
  });

  test('that asks without end while the client does not read is cut off', async () => {
    const serving = answering(({ type }, { channel }) => {
      if (type !== 'exec') return;
      void (async () => {
        const block = Buffer.alloc(32 * 1024);
        for (let sent = 0; sent < 3 * mebibyte; sent += block.length) await channel.send(0, block);
        for (let n = 0; n < 20_000 && !channel.gone.aborted; n += 1) {
          channel.tell('what@is.this', block);
          if (n % 20 === 0) await pause(0);
        }
      })();
    });
    await using parts = await before(serving);
    const { gated } = parts;
    const { connection, transport, socket } = await connectRaw(gated.port);
    const channel = await connection.open('session', nothing);
    await channel.ask('exec', string('echo'));
    const unread = process.memoryUsage().arrayBuffers;
    let most = 0;
    const sampling = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }, 20);
    const limit = pause(15_000);
    await Promise.race([channelGone(channel), limit]);
    clearInterval(sampling);
    transport.fail('done');
    socket.destroy();
    expect(most - unread).toBeLessThan(100 * mebibyte);
    expect(gated.failures).toEqual([]);
  });

  test('cannot open more channels than the limit where it listens for a client', async () => {
    const connected: Connection[] = [];
    let refused = 0;
    const serving: Serving = {
      connected: (connection) => void connected.push(connection),
      asking: (request) => request.succeed(nothing),
    };
    await using parts = await before(serving, { forwarding: { local: false, remote: true } });
    const { gated } = parts;
    const { connection, transport } = await connectRaw(gated.port);
    let opened = 0;
    connection.serve({
      opening: () => {
        opened += 1;
      },
      asking: (request) => request.refuse(),
    });
    const place = Buffer.concat([string('127.0.0.1'), uint32(4711)]);
    expect(await connection.ask('tcpip-forward', place)).not.toBeNull();
    for (let n = 0; n < 300; n += 1) {
      connected[0]
        ?.open('forwarded-tcpip', Buffer.concat([place, string('6.6.6.6'), uint32(1)]))
        .catch(() => {
          refused += 1;
        });
      await pause(1);
    }
    while (opened + refused < 300) await pause();
    expect(opened).toBeLessThanOrEqual(64);
    transport.fail('done');
  });

  test('that does not say on which port it listens listens nowhere', async () => {
    await using parts = await before(
      { asking: (request) => request.succeed(short) },
      { forwarding: { local: false, remote: true } },
    );
    const { gated } = parts;
    const { connection, transport } = await connectRaw(gated.port);
    const place = Buffer.concat([string('127.0.0.1'), uint32(0)]);
    expect(await connection.ask('tcpip-forward', place)).toBeNull();
    expect(connection.closed.aborted).toBe(false);
    transport.fail('done');
    while (gated.sessions() > 0) await pause();
    expect(gated.failures).toEqual([]);
  });

  test('that never answers behind a jump host is given up in time', async () => {
    const jumpServer = await startHostileServer({ opening: () => {} });
    const login = { key: null, passphrase: null, password: new Secret('any'), agent: null };
    await using gated = await startGated(peer, {
      rules,
      limits: { loginMs: 1_000 },
      target: {
        jump: { ...login, ...jumpServer.target },
      },
    });
    const started = Date.now();
    const { stderr, code } = await gated.ssh('target', 'echo').ended;
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(stderr).toContain('did not let us in within 1 s');
    expect(code).toBe(255);
    expect(gated.failures).toEqual([]);
    await jumpServer[Symbol.asyncDispose]();
  });
});

function channelGone(channel: Parts['channel']): Promise<void> {
  return new Promise((resolve) => {
    if (channel.gone.aborted) resolve();
    else channel.gone.addEventListener('abort', () => resolve(), { once: true });
  });
}
