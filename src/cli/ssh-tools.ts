import { knownHostsFile } from '../config/client-ssh-files.ts';
import type { ClientContext, GlobalFlags } from './client-context.ts';
import { ownCommand } from './own-command.ts';

/** How `ssh` finds its way back to this program. */
export interface OwnSshTools {
  readonly proxy: readonly string[];
  readonly knownHosts: (connection: string) => string;
  readonly environment: Readonly<Record<string, string>>;
}

export function ownSshTools(
  context: ClientContext,
  flags: GlobalFlags & { readonly reason?: string | undefined },
): OwnSshTools {
  const { gatewayUrl, environment } = context;
  const { reason } = flags;
  return {
    proxy: ownCommand(context, flags, ['ssh-proxy']),
    knownHosts: (connection) => knownHostsFile(environment.paths, gatewayUrl, connection),
    environment: reason === undefined ? {} : { HOOPX_REASON: reason },
  };
}
