import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { Connection } from '../../../../src/protocols/ssh/connection/connection.ts';
import { Transport } from '../../../../src/protocols/ssh/connection/transport.ts';

export interface RawClient {
  /** Sends any bytes as one message, encrypted and in order. */
  readonly transport: Transport;
  readonly connection: Connection;
  readonly ssh: ssh2.Client;
  readonly socket: Socket;
}

/** A client that does what it is told, right or wrong, over SSH that is right. */
export async function connectRaw(port: number): Promise<RawClient> {
  const { ssh, transport, socket } = startRaw(port);
  const connection = new Connection(transport);
  await once(ssh, 'ready');
  return { ssh, transport, connection, socket };
}

/** The same before its login. */
export function startRaw(port: number): Omit<RawClient, 'connection'> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const ssh = new ssh2.Client();
  ssh.on('error', () => {});
  ssh.connect({ sock: socket, username: 'hoopx', authHandler: ['none'] });
  const transport = new Transport(ssh, socket, { rekeyBytes: Infinity, rekeyMs: Infinity });
  return { ssh, transport, socket };
}
