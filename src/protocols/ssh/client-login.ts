import type { Duplex } from 'node:stream';
import ssh2, { type AuthContext, type ClientInfo, type Connection as Ssh2Client } from 'ssh2';
import type { Refusal } from '../../core/refusal.ts';
import { clientAlgorithms } from './algorithms.ts';
import { Connection } from './connection/connection.ts';
import { Transport } from './connection/transport.ts';
import { refusalLines, refusalText } from './faults.ts';
import type { SshHostKey } from './host-key.ts';
import type { SshLimits } from './limits.ts';
import { encodeBanner } from './wire/connection/encode.ts';
import { disconnectReason } from './wire/connection/messages.ts';

/** A client that has said who it wants to be at the server, and waits to be let in. */
export interface WaitingClient {
  /** As it calls itself: `OpenSSH_9.2p1`. */
  readonly software: string;
  readonly user: string;
  readonly connection: Connection;
  accept(): void;
  /** Says why, where people see it, and hangs up. */
  refuse(refusal: Refusal): Promise<void>;
}

/**
 * OpenSSH's clients tell only servers of that name that nobody reads a channel any more, which
 * is how a multiplexed client that was interrupted is noticed.
 */
const ident = 'OpenSSH_hoopx';
const keepAliveMs = 30_000;
const maxMissed = 9;

/**
 * Speaks with a client up to its login (RFC 4252), which asks for nothing: the tunnel has told
 * who it is, and a key that it offers is not looked at. Null when it left before.
 */
export function greetClient(
  stream: Duplex,
  hostKey: SshHostKey,
  limits: SshLimits,
): Promise<WaitingClient | null> {
  const server = new ssh2.Server({
    ident,
    hostKeys: [hostKey.private.reveal()],
    algorithms: clientAlgorithms,
    keepaliveInterval: keepAliveMs,
    keepaliveCountMax: maxMissed,
  });
  return new Promise((resolve) => {
    const late = setTimeout(() => stream.destroy(), limits.loginMs);
    const settle = (client: WaitingClient | null) => {
      clearTimeout(late);
      resolve(client);
    };
    stream.once('close', () => settle(null));
    server.on('connection', (client: Ssh2Client, { header }: ClientInfo) => {
      const connection = new Connection(new Transport(client, stream, limits));
      connection.closed.addEventListener('abort', () => settle(null), { once: true });
      client.on('authentication', (attempt: AuthContext) => {
        if (attempt.method !== 'none') attempt.reject([]);
        else settle(waiting(attempt, header.versions.software, connection));
      });
    });
    // It takes any stream; its types know sockets only.
    Reflect.apply(server.injectSocket, server, [stream]);
  });
}

function waiting(attempt: AuthContext, software: string, connection: Connection): WaitingClient {
  const { transport } = connection;
  return {
    software,
    user: attempt.username,
    connection,
    accept: () => attempt.accept(),
    refuse(refusal) {
      transport.send(encodeBanner(`${refusalLines(refusal).join('\r\n')}\r\n`));
      return transport.disconnect(disconnectReason.byApplication, refusalText(refusal));
    },
  };
}
