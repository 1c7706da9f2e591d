import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuleSpec } from '../../../../src/core/rules.ts';
import { freePort } from '../../../peers/free-port.ts';
import { describeWith } from '../../../peers/require-peer.ts';
import { type SshdPeer, startSshd } from '../../../peers/sshd.ts';
import { pause, startGated } from './gated.ts';
import { startMaster } from './master.ts';

describeWith(['sshd', 'ssh', 'ssh-keygen'], 'forwarding', () => {
  let peer: SshdPeer;
  let echo: Server;
  let place: string;

  beforeAll(async () => {
    peer = await startSshd();
    echo = createServer((socket) => socket.pipe(socket).on('error', () => {})).listen(
      0,
      '127.0.0.1',
    );
    await once(echo, 'listening');
    const address = echo.address();
    place = `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  });
  afterAll(async () => {
    echo.close();
    await peer.stop();
  });

  const allowed: readonly RuleSpec[] = [
    { name: 'forwards pass', ssh: { kind: ['direct_tcpip', 'forwarded_tcpip'] }, then: 'allow' },
    {
      name: 'listening is reviewed',
      ssh: { kind: ['tcpip_forward'] },
      then: 'review',
      chain: 'ops',
    },
    { name: 'commands pass', ssh: { kind: ['exec'], commands: ['echo', 'true'] }, then: 'allow' },
  ];
  const both = { forwarding: { local: true, remote: true } };

  test('is off unless the configuration names it', async () => {
    await using gated = await startGated(peer, { rules: allowed });
    const { code, stderr } = await gated.ssh('-W', place, 'target').ended;
    expect(stderr).toContain('administratively prohibited');
    expect(stderr).toContain('local forwarding is off for this connection');
    expect(code).not.toBe(0);
    const port = await freePort();
    const remote = gated.ssh(
      '-o',
      'ExitOnForwardFailure=yes',
      '-N',
      '-R',
      `${port}:${place}`,
      'target',
    );
    expect((await remote.ended).stderr).toContain('remote port forwarding failed');
  });

  test('that no rule covers is administratively prohibited', async () => {
    await using gated = await startGated(peer, { target: both });
    const { stderr } = await gated.ssh('-W', place, 'target').ended;
    expect(stderr).toContain('administratively prohibited: hoopx: ');
    expect(stderr).toContain('UNMATCHED');
  });

  test.each(['127.0.0.1', 'localhost', '::1', '0.0.0.0', '127.0.0.2', 'some.other.name'])(
    'pitfall 17: to the own sshd as %s is no plain forwarding',
    async (host) => {
      await using gated = await startGated(peer, { rules: allowed, target: both });
      const to = host.includes(':') ? `[${host}]:${peer.port}` : `${host}:${peer.port}`;
      const { stderr } = await gated.ssh('-W', to, 'target').ended;
      expect(stderr).toContain('administratively prohibited');
      expect(gated.decisions[0]?.operation.decidable.facts).toMatchObject({
        kinds: ['direct_tcpip'],
        classes: ['opaque'],
        forward: [to],
      });
    },
  );

  test('pitfall 17: to a Unix socket, which no rule can describe, is refused', async () => {
    await using gated = await startGated(peer, { rules: allowed, target: both });
    const port = await freePort();
    const master = await startMaster(gated, '-L', `${port}:/var/run/docker.sock`);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'close');
    expect(master.stderr()).toContain('administratively prohibited');
    await master.end();
  });

  test('-L and -W carry bytes both ways, and both ends', async () => {
    await using gated = await startGated(peer, { rules: allowed, target: both });
    const client = gated.ssh('-W', place, 'target');
    client.child.stdin?.end('there and back');
    expect((await client.ended).stdout.toString()).toBe('there and back');
    const port = await freePort();
    const master = await startMaster(gated, '-L', `${port}:${place}`);
    expect(await roundTrip(port, 'x'.repeat(300_000))).toBe(true);
    await master.end();
  });

  test('-D carries what the client asks its SOCKS server for', async () => {
    await using gated = await startGated(peer, { rules: allowed, target: both });
    const port = await freePort();
    const master = await startMaster(gated, '-D', `${port}`);
    const socket = connect(port, '127.0.0.1');
    socket.write(Buffer.from([5, 1, 0]));
    await once(socket, 'data');
    const target = Number(place.split(':')[1]);
    socket.write(Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, target >> 8, target & 255]));
    await once(socket, 'data');
    socket.end('by proxy');
    expect(await all(socket)).toBe('by proxy');
    await master.end();
  });

  test('that is held waits for its answer, and does not hold up others', async () => {
    await using gated = await startGated(peer, {
      target: both,
      rules: [
        { name: 'review', ssh: { kind: ['direct_tcpip'] }, then: 'review', chain: 'ops' },
        { name: 'echo', ssh: { kind: ['exec'], commands: ['echo'] }, then: 'allow' },
      ],
    });
    const port = await freePort();
    const master = await startMaster(gated, '-L', `${port}:${place}`);
    const trip = roundTrip(port, 'patience');
    const request = await gated.held();
    expect(request.summary).toBe(`connect from the server to ${place}`);
    const other = await gated.ssh(...master.options, 'target', 'echo meanwhile').ended;
    expect(other.stdout.toString()).toBe('meanwhile\n');
    await gated.approve(request);
    expect(await trip).toBe(true);
    await gated.reached('succeeded');
    await master.end();
  });

  test('pitfall 23: no more opens wait for a decision than the limit', async () => {
    await using gated = await startGated(peer, {
      target: both,
      limits: { maxUndecidedOpens: 3 },
      rules: [{ name: 'review', ssh: { kind: ['direct_tcpip'] }, then: 'review', chain: 'ops' }],
    });
    const port = await freePort();
    const master = await startMaster(gated, '-L', `${port}:${place}`);
    const sockets = Array.from({ length: 10 }, () => connect(port, '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => {});
    while (sockets.filter(({ closed }) => closed).length < 7) await pause();
    await pause(200);
    expect(sockets.filter(({ closed }) => closed).length).toBe(7);
    expect(master.stderr()).toContain('more than 3 forwardings wait');
    expect((await gated.approvals.list({ states: ['pending'] }, null, 20)).items.length).toBe(3);
    for (const socket of sockets) socket.destroy();
    await master.end();
    await gated.reached('cancelled');
  });

  test('to where nobody listens passes the reason on', async () => {
    await using gated = await startGated(peer, { rules: allowed, target: both });
    const { stderr } = await gated.ssh('-W', `127.0.0.1:${await freePort()}`, 'target').ended;
    expect(stderr).toMatch(/connect failed: Connection refused/);
  });

  test('-R listens after a decision, lets in whom a rule allows, and can be taken back', async () => {
    await using gated = await startGated(peer, { rules: allowed, target: both });
    const port = await freePort();
    const client = gated.ssh('-N', '-R', `127.0.0.1:${port}:${place}`, 'target');
    const request = await gated.held();
    expect(request.summary).toBe(`listen at the server on 127.0.0.1:${port}, for the client`);
    await gated.approve(request);
    await gated.reached('succeeded');
    await pause(100);
    expect(await roundTrip(port, 'from outside')).toBe(true);
    client.child.kill();
    await client.ended;
  });

  test('-R with incoming connections that no rule allows lets nobody in', async () => {
    await using gated = await startGated(peer, {
      target: both,
      rules: [{ name: 'listen', ssh: { kind: ['tcpip_forward'] }, then: 'allow' }],
    });
    const master = await startMaster(gated);
    const asked = await gated.ssh(...master.options, '-O', 'forward', '-R', `0:${place}`, 'target')
      .ended;
    const port = Number(asked.stdout.toString());
    expect(port).toBeGreaterThan(0);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    expect(await all(socket)).toBe('');
    const cancel = ['-O', 'cancel', '-R', `0:${place}`, 'target'];
    expect((await gated.ssh(...master.options, ...cancel).ended).code).toBe(0);
    await master.end();
  });
});

async function roundTrip(port: number, text: string): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  socket.end(text);
  return (await all(socket)) === text;
}

async function all(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}
