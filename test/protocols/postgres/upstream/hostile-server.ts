import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Secret } from '../../../../src/core/secret.ts';
import type { PostgresTarget } from '../../../../src/protocols/postgres/target.ts';

export interface HostileServer {
  readonly target: PostgresTarget;
  /** All that it was sent. */
  received(): Buffer;
  close(): void;
}

/** A server that does as `behave` says, which none of PostgreSQL would. */
export async function hostileServer(
  mode: PostgresTarget['tls']['mode'],
  behave: (socket: Socket) => Promise<void> | void,
): Promise<HostileServer> {
  const got: Buffer[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => got.push(chunk));
    void behave(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    target: {
      host: '127.0.0.1',
      port: address.port,
      database: 'app',
      databases: [],
      user: 'app',
      password: new Secret('the-password'),
      tls: { mode, ca: null, cert: null, key: null },
      trustedFunctions: [],
    },
    received: () => Buffer.concat(got),
    close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}
