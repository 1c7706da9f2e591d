import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Refusal } from '../core/refusal.ts';
import { type Listening, listenOnPort, listenOnSocket } from './listeners.ts';
import { peerOwner } from './peer-owner.ts';
import { refusalOf } from './refusal-of.ts';
import { splice } from './splice.ts';
import type { TunnelTransport } from './transport.ts';

export interface LocalTunnelOptions {
  readonly transport: TunnelTransport;
  /** A port (0: a free one), or a Unix socket of that name in a folder of its own. */
  readonly listen:
    | { readonly kind: 'port'; readonly port: number }
    | { readonly kind: 'socket'; readonly name: string };
  /** Tells a client in its own protocol why it is not let in, and ends the stream. */
  readonly refuse: (client: Duplex, refusal: Refusal) => Promise<void>;
  /** For the person at the terminal. Text from others has not been made safe. */
  readonly onWarning: (warning: string) => void;
}

export interface LocalTunnel {
  readonly place: Listening['place'];
  /** Ends every connection, and lets the port go. */
  close(): Promise<void>;
}

/**
 * The local end: each connection to the port is carried to the gateway by itself.
 * @throws UserError PORT_TAKEN
 */
export async function openLocalTunnel(options: LocalTunnelOptions): Promise<LocalTunnel> {
  const { transport, refuse, onWarning } = options;
  const clients = new Set<Duplex>();
  let warned = false;

  async function carry(client: Socket): Promise<void> {
    const left = new AbortController();
    client.once('close', () => left.abort());
    if (!(await isOurs(client))) {
      client.destroy();
      return;
    }
    try {
      const stream = await transport.open(left.signal);
      await splice(client, stream);
    } catch (error) {
      if (!left.signal.aborted) await refuse(client, refusalOf(error));
    }
  }

  async function isOurs(client: Socket): Promise<boolean> {
    if (options.listen.kind === 'socket') return true;
    const owner = await peerOwner(client);
    if (owner === 'other') {
      onWarning('refused a connection to the tunnel from another user of this machine');
    }
    if (owner === 'unknown' && !warned) {
      warned = true;
      onWarning('any user of this machine can use this port; --socket keeps it to yourself');
    }
    return owner !== 'other';
  }

  const accept = (client: Socket): void => {
    clients.add(client);
    client.on('error', () => {});
    client.once('close', () => clients.delete(client));
    carry(client).catch((error: unknown) => {
      client.destroy();
      onWarning(`a connection failed: ${error instanceof Error ? error.message : error}`);
    });
  };

  const { listen } = options;
  const listening =
    listen.kind === 'port'
      ? await listenOnPort(listen.port, accept)
      : await listenOnSocket(listen.name, accept);
  return {
    place: listening.place,
    async close() {
      for (const client of clients) client.destroy();
      await listening.close();
    },
  };
}
