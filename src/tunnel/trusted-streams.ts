import type { ConnectionView } from '../control/contract.ts';
import type { GatewayTunnel } from './gateway-tunnel.ts';
import { knownHostsText, type SshTools } from './guides/ssh-settings.ts';
import type { TunnelTransport } from './transport.ts';

export type Trust = (connection: ConnectionView) => Promise<void>;

/** Where a protocol's clients know the other end by a file, writes that. */
export function trustByFile(
  { knownHosts }: Pick<SshTools, 'knownHosts'>,
  write: (file: string, text: string) => Promise<void>,
): Trust {
  return async (connection) => {
    if (connection.type !== 'ssh') return;
    await write(knownHosts(connection.name), knownHostsText(connection));
  };
}

/**
 * Streams that begin once it is written down how their client knows the other end. A tunnel
 * that was opened again may have another gateway at its end, with another key.
 */
export function trustedStreams(
  gateway: Pick<GatewayTunnel, 'view' | 'open'>,
  trust: Trust,
): TunnelTransport {
  return {
    async open(signal) {
      const stream = await gateway.open(signal);
      try {
        await trust(gateway.view.connection);
        return stream;
      } catch (error) {
        stream.destroy();
        throw error;
      }
    },
  };
}
