import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

export interface Loopback {
  readonly client: Socket;
  readonly server: Socket;
  close(): void;
}

/** Two ends of a real TCP connection. */
export async function loopback(): Promise<Loopback> {
  const listener = createServer({ noDelay: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const arrived = once(listener, 'connection');
  const client = connect({ port: address.port, host: '127.0.0.1', noDelay: true });
  const [server]: Socket[] = await arrived;
  await once(client, 'connect');
  listener.close();
  if (server === undefined) throw new Error('no connection');
  for (const socket of [client, server]) socket.on('error', () => {});
  const close = () => {
    client.destroy();
    server.destroy();
  };
  return { client, server, close };
}

/** Hides that a stream is a socket, as a tunnel's streams do. */
export function plainDuplex(socket: Socket): Duplex {
  const duplex = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => duplex.push(chunk) || socket.pause());
  socket.on('end', () => duplex.push(null));
  socket.on('close', () => duplex.destroy());
  return duplex;
}
