import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect, it } from 'vitest';
import { readRecord } from '../../src/audit/read-records.ts';
import { sealRecord } from '../../src/core/audit-seal.ts';
import { syslogFrame } from '../../src/sinks/syslog-message.ts';
import { makeCertificates } from '../peers/certificates.ts';
import { keptLog } from './kept-log.ts';

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const plainTo = (port: number) =>
  ({ kind: 'syslog', format: 'json', host: '127.0.0.1', port, tls: null }) as const;

/** Receivers that take a connection and not what comes over it. */
const careless: Readonly<Record<string, (socket: Socket) => void>> = {
  'hangs up at once': (socket) => socket.end(),
  'ends the connection at once': (socket) => socket.destroy(),
  'hangs up after the first bytes': (socket) => socket.once('data', () => socket.destroy()),
};

for (const [how, serve] of Object.entries(careless)) {
  it(`counts nothing as taken by a receiver that ${how}`, async () => {
    const { ca, cert, key } = await makeCertificates();
    const sockets: Socket[] = [];
    const quiet = (socket: Socket) => {
      sockets.push(socket);
      serve(socket.on('error', () => {}));
    };
    const tls = createTlsServer({ cert, key }, quiet);
    const plain = createTcpServer(quiet);
    await using log = await keptLog();
    await log.write(3);
    const sinks = await log.open(plainTo(await listening(plain)), {
      ...plainTo(await listening(tls)),
      tls: { ca, cert: null, key: null },
    });
    const failures = () => sinks.states().map((each) => each.failures);
    await expect.poll(() => Math.min(...failures())).toBeGreaterThan(1);
    await sinks.close();
    expect(sinks.states().map(({ taken }) => taken)).toEqual([0, 0]);
    for (const socket of sockets) socket.destroy();
    for (const server of [tls, plain]) await new Promise((resolve) => server.close(resolve));
  });
}

it('counts as taken what a receiver has read that closes after us, however slowly it reads', async () => {
  let came = '';
  const server = createTcpServer((socket) => {
    socket.on('data', (chunk) => {
      came += chunk.toString();
      socket.pause();
      setTimeout(() => socket.resume(), 20);
    });
  });
  await using log = await keptLog();
  await log.write(50);
  const sinks = await log.open(plainTo(await listening(server)));
  await expect.poll(() => sinks.states()[0]?.taken).toBe(50);
  await sinks.close();
  await new Promise((resolve) => server.close(resolve));
  expect(came.match(/<\d+>1 /g)).toHaveLength(50);
});

it('frames a record as RFC 5424 and RFC 5425 have it', () => {
  const body = { type: 'session_ended', session: 'a"b]c\\dü', operations: 1 } as const;
  const sealed = sealRecord(body, null, Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  const { record } = readRecord(sealed.line);
  const frame = syslogFrame(sealed, record, { host: 'gw.example.com', text: 'ü' }).toString();
  const [, count = '', message = ''] = /^(\d+) (.*)$/s.exec(frame) ?? [];
  expect(Buffer.byteLength(message)).toBe(Number(count));
  expect(message).toBe(
    '<110>1 2026-01-02T03:04:05.678Z gw.example.com hoopx - session_ended ' +
      `[hoopx@32473 seq="1" hash="${sealed.hash}" session="a\\"b\\]c\\\\dü"] ü`,
  );
});
