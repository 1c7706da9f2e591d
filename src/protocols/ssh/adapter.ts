import type { Duplex } from 'node:stream';
import type { Refusal } from '../../core/refusal.ts';
import type { ProtocolAdapter } from '../adapter.ts';
import type { SshHostKey } from './host-key.ts';
import type { SshLimits } from './limits.ts';
import type { SshTarget } from './target.ts';

export interface SshAdapterOptions {
  readonly hostKey: SshHostKey;
  readonly limits?: Partial<SshLimits>;
}

/** SSH behind the gate. */
export function createSshAdapter(_options: SshAdapterOptions): ProtocolAdapter<SshTarget> {
  return {
    async serve(client) {
      client.destroy();
    },
  };
}

/** Tells an SSH client why it cannot be carried to the gateway, and ends the stream. */
export async function refuseSsh(
  client: Duplex,
  _refusal: Refusal,
  _hostKey: SshHostKey,
): Promise<void> {
  client.destroy();
}
