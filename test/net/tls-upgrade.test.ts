import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createEphemeralCertificate } from '../../src/net/ephemeral-certificate.ts';
import { readExactly } from '../../src/net/read-chunks.ts';
import { acceptTls, type ConnectTlsOptions, connectTls } from '../../src/net/tls-upgrade.ts';
import { writeAll } from '../../src/net/write-all.ts';
import { loopback, plainDuplex } from './loopback.ts';

const certificate = createEphemeralCertificate();
const closed = expect.objectContaining({ code: 'STREAM_CLOSED' });
const lax: ConnectTlsOptions = {
  host: 'localhost',
  verify: 'none',
  ca: null,
  cert: null,
  key: null,
  alpn: [],
};

async function pair(shape: (socket: Socket) => Duplex, options: Partial<ConnectTlsOptions> = {}) {
  const ends = await loopback();
  const signal = AbortSignal.timeout(30_000);
  const accepting = acceptTls(
    shape(ends.server),
    { certificate: await certificate(), alpn: ['postgresql'] },
    signal,
  );
  const connecting = connectTls(shape(ends.client), { ...lax, ...options }, signal);
  const [server, client] = await Promise.allSettled([accepting, connecting]);
  return { ...ends, accepted: server, connected: client };
}

const shapes: [string, (socket: Socket) => Duplex][] = [
  ['a socket', (socket) => socket],
  ['any duplex', plainDuplex],
];

describe.each(shapes)('TLS over %s', (_name, shape) => {
  test('bytes pass both ways', async () => {
    const { accepted, connected, close } = await pair(shape, { alpn: ['postgresql'] });
    if (accepted.status === 'rejected' || connected.status === 'rejected') {
      throw new Error('no handshake');
    }
    expect(accepted.value.alpnProtocol).toBe('postgresql');
    await writeAll(connected.value, Buffer.from('ping'));
    expect((await readExactly(accepted.value, 4))?.toString()).toBe('ping');
    await writeAll(accepted.value, Buffer.alloc(300_000, 7));
    expect((await readExactly(connected.value, 300_000))?.equals(Buffer.alloc(300_000, 7))).toBe(
      true,
    );
    connected.value.end();
    expect(await readExactly(accepted.value, 1)).toBeNull();
    close();
  });

  test('another ALPN protocol is refused by the handshake', async () => {
    const { accepted, connected, close } = await pair(shape, { alpn: ['h2'] });
    expect(connected).toMatchObject({ status: 'rejected', reason: closed });
    expect(accepted).toMatchObject({ status: 'rejected', reason: closed });
    close();
  });

  test('an unknown authority and a wrong host are refused, the right ones pass', async () => {
    const { cert: ca } = await certificate();
    const cases: [Partial<ConnectTlsOptions>, string][] = [
      [{ verify: 'ca' }, 'rejected'],
      [{ verify: 'full', ca, host: 'elsewhere.example' }, 'rejected'],
      [{ verify: 'ca', ca, host: 'elsewhere.example' }, 'fulfilled'],
      [{ verify: 'full', ca, host: '127.0.0.1' }, 'fulfilled'],
    ];
    for (const [options, status] of cases) {
      const { connected, close } = await pair(shape, options);
      expect(connected.status).toBe(status);
      close();
    }
  });

  test('a peer that speaks no TLS is refused, at once or at the time limit', async () => {
    const { client, server, close } = await loopback();
    const options = { certificate: await certificate(), alpn: [] };
    const accepting = acceptTls(shape(server), options, AbortSignal.timeout(30_000));
    client.write('GET / HTTP/1.1\r\n\r\n');
    await expect(accepting).rejects.toEqual(closed);
    close();
    const silent = await loopback();
    const waiting = acceptTls(shape(silent.server), options, AbortSignal.timeout(50));
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
    silent.close();
  });

  test('garbage behind the handshake breaks the stream off', async () => {
    const { client, accepted, close } = await pair(shape);
    if (accepted.status === 'rejected') throw new Error('no handshake');
    const reading = readExactly(accepted.value, 1, AbortSignal.timeout(30_000));
    client.write(Buffer.alloc(100, 0x41));
    await expect(reading).rejects.toEqual(closed);
    close();
  });
});

test('the certificate is made once and not before it is asked for', async () => {
  const source = createEphemeralCertificate();
  const [first, second] = await Promise.all([source(), source()]);
  expect(first).toBe(second);
  expect(new X509Certificate(first.cert).checkHost('localhost')).toBe('localhost');
  expect(JSON.stringify(first)).not.toContain('PRIVATE');
});
