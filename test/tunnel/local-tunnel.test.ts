import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { Refusal } from '../../src/core/refusal.ts';
import { UserError } from '../../src/core/user-error.ts';
import { type LocalTunnel, openLocalTunnel } from '../../src/tunnel/local-tunnel.ts';
import type { TunnelTransport } from '../../src/tunnel/transport.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A far end that gives everything back, over real TCP. */
async function echoTransport(): Promise<TunnelTransport> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    open: async () => {
      const socket = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
      await once(socket, 'connect');
      return socket;
    },
  };
}

interface Opened {
  readonly tunnel: LocalTunnel;
  readonly warnings: string[];
  readonly refusals: Refusal[];
}

async function open(
  transport: TunnelTransport,
  listen: Parameters<typeof openLocalTunnel>[0]['listen'] = { kind: 'port', port: 0 },
): Promise<Opened> {
  const warnings: string[] = [];
  const refusals: Refusal[] = [];
  const tunnel = await openLocalTunnel({
    transport,
    listen,
    refuse: async (client: Duplex, refusal: Refusal) => {
      refusals.push(refusal);
      client.end(`no ${refusal.code}`);
    },
    onWarning: (warning) => warnings.push(warning),
  });
  cleanups.push(() => tunnel.close());
  return { tunnel, warnings, refusals };
}

function portOf({ place }: LocalTunnel): number {
  if (place.kind !== 'port') throw new Error('it has no port');
  return place.port;
}

async function occupy(host: string, port = 0): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function exchange(socket: Socket, bytes: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.end(bytes);
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

describe('the local end of a tunnel', () => {
  it.each(['127.0.0.1', '::1'])(
    'pitfall 34: fails loudly when its port is taken on %s, and leaves nothing open',
    async (host) => {
      const port = await occupy(host);
      const failure = open(await echoTransport(), { kind: 'port', port });
      await expect(failure).rejects.toMatchObject({ code: 'PORT_TAKEN', exitCode: 64 });
      await expect(failure).rejects.toBeInstanceOf(UserError);
      const other = host === '::1' ? '127.0.0.1' : '::1';
      const probe = connect(port, other);
      const [error] = await once(probe, 'error');
      expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    },
  );

  it('finds one port that is free on both addresses', async () => {
    const { tunnel } = await open(await echoTransport());
    expect(tunnel.place).toMatchObject({ hosts: ['127.0.0.1', '::1'] });
    for (const host of ['127.0.0.1', '::1', 'localhost']) {
      const socket = connect({ port: portOf(tunnel), host, allowHalfOpen: true });
      expect((await exchange(socket, Buffer.from('hi'))).toString()).toBe('hi');
    }
  });

  it('carries any bytes, and the end of either direction', async () => {
    const { tunnel } = await open(await echoTransport());
    const sent = randomBytes(8 * 1024 * 1024);
    const socket = connect({ port: portOf(tunnel), host: '127.0.0.1', allowHalfOpen: true });
    expect((await exchange(socket, sent)).equals(sent)).toBe(true);
  });

  it('lets a reader who does not read slow down the writer, and keeps nothing itself', async () => {
    const { tunnel } = await open(await echoTransport());
    const socket = connect({ port: portOf(tunnel), host: '127.0.0.1' });
    socket.on('error', () => {});
    const chunk = Buffer.alloc(1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    let written = 0;
    while (written < 512 && socket.write(chunk)) written += 1;
    const drained = await Promise.race([
      once(socket, 'drain').then(() => flood(socket, chunk)),
      new Promise<number>((resolve) => setTimeout(() => resolve(0), 1_500)),
    ]);
    expect(drained).toBeLessThan(200);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    socket.destroy();
  });

  it('refuses in the words of the protocol when the gateway cannot be had', async () => {
    const transport: TunnelTransport = {
      open: async () => {
        throw new UserError('your login has expired', {
          code: 'LOGIN_REQUIRED',
          exitCode: 4,
          hint: 'Run: hoopx login',
        });
      },
    };
    const { tunnel, refusals } = await open(transport);
    const socket = connect({ port: portOf(tunnel), host: '127.0.0.1', allowHalfOpen: true });
    expect((await exchange(socket, Buffer.from('x'))).toString()).toBe('no LOGIN_EXPIRED');
    expect(refusals).toEqual([
      { code: 'LOGIN_EXPIRED', message: 'your login has expired', hint: 'Run: hoopx login' },
    ]);
  });

  it('ends its clients when it closes, and lets the port go', async () => {
    const { tunnel } = await open(await echoTransport());
    const port = portOf(tunnel);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('x');
    await once(socket, 'data');
    await tunnel.close();
    if (!socket.closed) await once(socket, 'close');
    await occupy('127.0.0.1', port);
  });
});

describe('a loopback port', () => {
  it.runIf(process.getuid?.() === 0)('refuses another user of the machine', async () => {
    const { tunnel, warnings } = await open(await echoTransport());
    for (const host of ['127.0.0.1', '::1']) {
      const answer = await asNobody(host, portOf(tunnel));
      expect(answer).toBe('');
    }
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('another user');
    const own = connect({ port: portOf(tunnel), host: '127.0.0.1', allowHalfOpen: true });
    expect((await exchange(own, Buffer.from('mine'))).toString()).toBe('mine');
  });

  it('knows its own user also through an IPv4 address mapped into IPv6', async () => {
    const { tunnel, warnings } = await open(await echoTransport());
    const socket = connect({
      port: portOf(tunnel),
      host: '::ffff:127.0.0.1',
      family: 6,
      allowHalfOpen: true,
    });
    expect((await exchange(socket, Buffer.from('mapped'))).toString()).toBe('mapped');
    expect(warnings).toEqual([]);
  });
});

describe('a Unix socket', () => {
  it('can be opened by its user alone, and is gone at the end', async () => {
    const { tunnel } = await open(await echoTransport(), {
      kind: 'socket',
      name: '.s.PGSQL.5432',
    });
    const { place } = tunnel;
    if (place.kind !== 'socket') throw new Error('it is no socket');
    expect((await stat(place.path)).mode & 0o777).toBe(0o600);
    expect((await stat(place.folder)).mode & 0o777).toBe(0o700);
    const socket = connect({ path: place.path, allowHalfOpen: true });
    expect((await exchange(socket, Buffer.from('hi'))).toString()).toBe('hi');
    await tunnel.close();
    await expect(stat(place.folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

async function flood(socket: Socket, chunk: Buffer): Promise<number> {
  let megabytes = 0;
  while (megabytes < 512) {
    megabytes += 1;
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  return megabytes;
}

/** What a client of another user gets for saying `theirs`. */
async function asNobody(host: string, port: number): Promise<string> {
  const script = `exec 3<>/dev/tcp/${host}/${port} && echo theirs >&3 && timeout 2 cat <&3`;
  const child = spawn('runuser', ['-u', 'nobody', '--', 'bash', '-c', script]);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks).toString();
}
