import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import type { Channel } from '../../../../src/protocols/ssh/connection/channel.ts';
import { ChannelRefusedError } from '../../../../src/protocols/ssh/connection/channel-refused-error.ts';
import type {
  ChannelOpen,
  Connection,
} from '../../../../src/protocols/ssh/connection/connection.ts';
import { boolean, string, uint32 } from '../../../../src/protocols/ssh/wire/connection/encode.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { type Gated, type GatedOptions, pause, startGated } from './gated.ts';
import { startHostileServer } from './hostile-server.ts';
import { connectRaw } from './raw-client.ts';

const nothing = Buffer.alloc(0);
const agentRequest = 'auth-agent-req@openssh.com';
const agentChannel = 'auth-agent@openssh.com';
const cookie = 'c00c1ec00c1ec00c1e';
const origin = Buffer.concat([string('127.0.0.1'), uint32(4000)]);

const rules: readonly RuleSpec[] = [
  { name: 'commands', ssh: { kind: ['exec'], commands: ['echo', 'true'] }, then: 'allow' },
  { name: 'files', ssh: { kind: ['exec'], commands: ['cat'] }, then: 'review', chain: 'ops' },
  { name: 'lent', ssh: { kind: ['agent_forwarding', 'x11_forwarding'] }, then: 'allow' },
];

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'what a client lends', () => {
  let peer: SshdPeer;

  beforeAll(async () => {
    peer = await startSshd();
  });
  afterAll(() => peer.stop());

  /** A client and a server that do what they are told, with the gate between them. */
  async function startPair(options: GatedOptions = {}) {
    const servers: Connection[] = [];
    const programs: Channel[] = [];
    const requests: string[] = [];
    const server = await startHostileServer({
      connected: (connection) => void servers.push(connection),
      opening: (open) => {
        const channel = open.accept();
        programs.push(channel);
        channel.takeRequests((request) => {
          requests.push(request.type);
          request.reply(true);
        });
        void channel.gone.addEventListener('abort', () => channel.close());
      },
    });
    const gated = await startGated(peer, {
      rules,
      ...options,
      target: { ...server.target, agentForwarding: true, x11: true, ...options.target },
    });
    const client = await connectRaw(gated.port);
    const reached: ChannelOpen[] = [];
    client.connection.serve({
      opening: (open) => void reached.push(open),
      asking: (request) => request.refuse(),
    });
    return {
      ...{ gated, client: client.connection, reached, programs, requests },
      server: async () => {
        while (servers.length === 0) await pause();
        const [connection] = servers;
        if (connection === undefined) throw new Error('not there');
        return connection;
      },
      async [Symbol.asyncDispose]() {
        client.transport.fail('done');
        await sessionsEnd(gated);
        expect(gated.failures).toEqual([]);
        await gated[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  async function startLending(client: Connection, kinds: readonly (readonly [string, Buffer])[]) {
    const channel = await client.open('session', nothing);
    for (const [type, fields] of kinds) expect(await channel.ask(type, fields)).toBe(true);
    expect(await channel.ask('exec', string('echo'))).toBe(true);
    return channel;
  }

  test('is refused where the configuration does not have it, without reaching the server', async () => {
    await using pair = await startPair({ target: { agentForwarding: false, x11: false } });
    const channel = await pair.client.open('session', nothing);
    expect(await channel.ask(agentRequest, nothing)).toBe(false);
    expect(await channel.ask('x11-req', display(false))).toBe(false);
    await channel.ask('exec', string('echo'));
    await until(() => pair.requests.includes('exec'));
    expect(pair.requests).toEqual(['exec']);
    const server = await pair.server();
    expect(await reasonOf(server, agentChannel, nothing)).toBe(1);
    expect(await reasonOf(server, 'x11', origin)).toBe(1);
    expect(pair.reached).toEqual([]);
  });

  test('is not to be had unasked, before the decision, of the other kind, or later', async () => {
    await using pair = await startPair();
    const plain = await startLending(pair.client, []);
    await until(() => pair.programs.length === 1);
    const server = await pair.server();
    expect(await reasonOf(server, agentChannel, nothing)).toBe(1);
    plain.close();
    const held = await pair.client.open('session', nothing);
    await held.ask(agentRequest, nothing);
    await held.ask('exec', string('cat'));
    const request = await pair.gated.held();
    expect(await reasonOf(server, agentChannel, nothing)).toBe(1);
    await pair.gated.approve(request);
    await until(() => pair.requests.includes(agentRequest));
    await until(() => pair.requests.at(-1) === 'exec');
    expect(await reasonOf(server, 'x11', origin)).toBe(1);
    expect(pair.reached).toEqual([]);
    const used = server.open(agentChannel, nothing);
    await until(() => pair.reached.length === 1);
    pair.reached[0]?.accept();
    const channel = await used;
    held.close();
    await until(() => channel.gone.aborted);
    expect(await reasonOf(server, agentChannel, nothing)).toBe(1);
    expect(pair.reached).toHaveLength(1);
  });

  test('is no longer lent when the session is ended from outside', async () => {
    await using pair = await startPair();
    await startLending(pair.client, [[agentRequest, nothing]]);
    await until(() => pair.requests.includes('exec'));
    const server = await pair.server();
    const used = server.open(agentChannel, nothing);
    await until(() => pair.reached.length === 1);
    pair.reached[0]?.accept();
    const channel = await used;
    pair.gated.ending.abort(new Error('ended by the test'));
    await until(() => channel.gone.aborted);
    await until(() => server.closed.aborted);
  });

  test('is repeated at the server in the order in which it was asked for', async () => {
    await using pair = await startPair();
    await startLending(pair.client, [
      ['x11-req', display(false)],
      [agentRequest, nothing],
      ['pty-req', Buffer.concat([string('vt100'), ...[80, 24, 0, 0].map(uint32), string('')])],
    ]);
    await until(() => pair.requests.includes('exec'));
    expect(pair.requests).toEqual(['x11-req', agentRequest, 'pty-req', 'exec']);
  });

  test('is lent once for each start, and only in words that can be shown', async () => {
    await using pair = await startPair();
    const channel = await pair.client.open('session', nothing);
    expect(await channel.ask('x11-req', display(false, 'MIT\u001b[2J'))).toBe(false);
    expect(await channel.ask('x11-req', display(false))).toBe(true);
    expect(await channel.ask('x11-req', display(false))).toBe(false);
    expect(await channel.ask('x11-req', Buffer.alloc(5000))).toBe(false);
    expect(await channel.ask('exec', string('echo'))).toBe(true);
    expect(await channel.ask(agentRequest, nothing)).toBe(false);
    await until(() => pair.requests.includes('exec'));
    expect(pair.requests).toEqual(['x11-req', 'exec']);
  });

  test('has a limit to the channels that a server opens, and gives their places back', async () => {
    await using pair = await startPair({ limits: { maxLentChannels: 4 } });
    await startLending(pair.client, [[agentRequest, nothing]]);
    await until(() => pair.requests.includes('exec'));
    const server = await pair.server();
    const opened = Array.from({ length: 1000 }, () => reasonOf(server, agentChannel, nothing));
    const answered = (await Promise.all(opened.slice(4))).filter((reason) => reason === 1);
    expect(answered).toHaveLength(996);
    expect(pair.reached).toHaveLength(4);
    for (const open of pair.reached) open.refuse(2, 'no agent');
    expect(await Promise.all(opened.slice(0, 4))).toEqual([2, 2, 2, 2]);
    for (let turn = 5; turn < 50; turn += 1) {
      const used = server.open(agentChannel, nothing);
      await until(() => pair.reached.length === turn);
      const mine = pair.reached[turn - 1]?.accept();
      const theirs = await used;
      theirs.close();
      await until(() => mine?.gone.aborted === true);
      mine?.close();
      await until(() => theirs.gone.aborted);
    }
  });

  test('carries bytes both ways as they are, and each end by itself', async () => {
    await using pair = await startPair();
    await startLending(pair.client, [[agentRequest, nothing]]);
    await until(() => pair.requests.includes('exec'));
    const server = await pair.server();
    const used = server.open(agentChannel, nothing);
    await until(() => pair.reached.length === 1);
    const mine = pair.reached[0]?.accept();
    if (mine === undefined) throw new Error('not opened');
    const theirs = await used;
    const bytes = Buffer.from(Array.from({ length: 5_000_000 }, (_, at) => (at * 31) % 251));
    const asked = all(mine);
    await theirs.send(0, bytes);
    theirs.eof();
    expect((await asked).equals(bytes)).toBe(true);
    const answer = all(theirs);
    await mine.send(0, bytes);
    mine.eof();
    expect((await answer).equals(bytes)).toBe(true);
    expect(theirs.gone.aborted).toBe(false);
    mine.close();
    await until(() => theirs.gone.aborted);
  });

  test('as a display for one connection is lent for one', async () => {
    await using pair = await startPair();
    await startLending(pair.client, [['x11-req', display(true)]]);
    await until(() => pair.requests.includes('exec'));
    const server = await pair.server();
    const used = server.open('x11', origin);
    await until(() => pair.reached.length === 1);
    expect(pair.reached[0]?.fields).toEqual(origin);
    pair.reached[0]?.accept();
    await used;
    expect(await reasonOf(server, 'x11', origin)).toBe(1);
    expect(pair.reached).toHaveLength(1);
  });

  test('as a display never has its cookie stored, or shown', async () => {
    await using pair = await startPair();
    const channel = await pair.client.open('session', nothing);
    await channel.ask('x11-req', display(true));
    await channel.ask('exec', string('cat'));
    const request = await pair.gated.held();
    expect(request.summary).toBe('cat (lends the X11 display)');
    expect(request.presentation.notes[0]).toContain(
      'MIT-MAGIC-COOKIE-1, screen 0, for one connection',
    );
    expect(JSON.stringify(request)).not.toContain(cookie);
    const [decision] = pair.gated.decisions;
    expect(JSON.stringify(decision ?? null)).not.toContain(cookie);
  });

  test('through a channel that is none ends the session, and is no fault of ours', async () => {
    await using pair = await startPair();
    await startLending(pair.client, [[agentRequest, nothing]]);
    await until(() => pair.requests.includes('exec'));
    const server = await pair.server();
    server.open(agentChannel, Buffer.from('more than nothing')).catch(() => {});
    await until(() => pair.client.closed.aborted);
    expect(pair.reached).toEqual([]);
  });
});

function display(single: boolean, protocol = 'MIT-MAGIC-COOKIE-1'): Buffer {
  return Buffer.concat([boolean(single), string(protocol), string(cookie), uint32(0)]);
}

async function reasonOf(server: Connection, type: string, fields: Buffer): Promise<number> {
  try {
    await server.open(type, fields);
    return 0;
  } catch (error) {
    if (error instanceof ChannelRefusedError) return error.reason;
    throw error;
  }
}

async function all(channel: Channel): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (;;) {
    const item = await channel.next();
    if (item.kind === 'eof' || item.kind === 'close') return Buffer.concat(pieces);
    if (item.kind !== 'data') continue;
    pieces.push(item.bytes);
    channel.credit(item.bytes.length);
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause();
}

async function sessionsEnd(gated: Gated): Promise<void> {
  while (gated.sessions() > 0) await pause();
}
