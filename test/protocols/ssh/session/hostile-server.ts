import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection as Ssh2Client } from 'ssh2';
import type {
  ChannelOpen,
  ConnectionHandlers,
} from '../../../../src/protocols/ssh/connection/connection.ts';
import { Connection } from '../../../../src/protocols/ssh/connection/connection.ts';
import { Transport } from '../../../../src/protocols/ssh/connection/transport.ts';
import { createHostKey } from '../../../../src/protocols/ssh/host-key.ts';
import { fingerprintOf } from '../../../../src/protocols/ssh/host-keys.ts';
import type { SshTarget } from '../../../../src/protocols/ssh/target.ts';

export interface HostileServer extends AsyncDisposable {
  /** What makes it the target of a connection. */
  readonly target: Pick<SshTarget, 'host' | 'port' | 'user' | 'hostKey'>;
}

export interface Serving extends Partial<ConnectionHandlers> {
  readonly connected?: (connection: Connection) => void;
}

/** A server that lets anybody in, and then does what it is told, over SSH that is right. */
export async function startHostileServer(serving: Serving): Promise<HostileServer> {
  const hostKey = createHostKey();
  const ssh = new ssh2.Server({ hostKeys: [hostKey.private.reveal()] });
  ssh.on('connection', (client: Ssh2Client) => {
    const socket: unknown = Reflect.get(client, '_sock');
    if (!isSocket(socket)) throw new Error('ssh2 keeps its socket elsewhere');
    const transport = new Transport(client, socket, { rekeyBytes: Infinity, rekeyMs: Infinity });
    const connection = new Connection(transport);
    connection.serve({
      opening: serving.opening ?? ((open: ChannelOpen) => void open.accept()),
      asking: serving.asking ?? ((request) => request.refuse()),
    });
    client.on('authentication', (attempt: AuthContext) => attempt.accept());
    client.on('ready', () => serving.connected?.(connection));
  });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    Reflect.apply(ssh.injectSocket, ssh, [socket]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('no port');
  const blob = Buffer.from(hostKey.public.split(' ')[1] ?? '', 'base64');
  return {
    target: {
      host: '127.0.0.1',
      port: address.port,
      user: 'hoopx',
      hostKey: { kind: 'fingerprints', fingerprints: [fingerprintOf(blob)] },
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'write' in value;
}
