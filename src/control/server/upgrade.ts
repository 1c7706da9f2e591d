import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Problem } from './problem.ts';

/** First probe; the system then sends one a second and gives up after ten: dead within 30 s. */
const keepAliveMs = 20_000;

/** Says 101 and hands out what is now a raw byte stream, beginning with what came early. */
export function switchProtocols(socket: Duplex, head: Buffer, protocol: string): Duplex {
  if (socket instanceof Socket) {
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** A refusal on a connection that asked for an upgrade. */
export function refuseUpgrade(socket: Duplex, problem: Problem): void {
  const body = Buffer.from(JSON.stringify(problem.body));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Refused'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.on('error', () => {});
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]), () =>
    socket.destroy(),
  );
}
