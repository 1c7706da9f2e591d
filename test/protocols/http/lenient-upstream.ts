import { createServer, type Socket } from 'node:net';
import { listening, type Peer } from './gated.ts';

/** Takes whatever it is sent, and says exactly what it was told to: a careless server. */
export interface LenientUpstream extends Peer, AsyncDisposable {
  /** All bytes that came, over all connections. */
  readonly received: () => string;
  readonly connections: () => number;
}

/** `answer` is sent once a connection has brought a head; `null` sends nothing. */
export async function startLenient(
  answer: string | null | ((socket: Socket, received: string) => void),
): Promise<LenientUpstream> {
  let received = '';
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let own = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      own += chunk.toString('latin1');
      received += chunk.toString('latin1');
      if (typeof answer === 'function') answer(socket, own);
      else if (answer !== null && own.includes('\r\n\r\n')) {
        own = '';
        socket.write(answer, 'latin1');
      }
    });
  });
  const port = await listening(server);
  return {
    host: '127.0.0.1',
    port,
    received: () => received,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const okAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
