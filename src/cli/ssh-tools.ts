import path from 'node:path';
import { knownHostsFile } from '../config/client-ssh-files.ts';
import type { ClientContext, GlobalFlags } from './client-context.ts';

/** How `ssh` finds its way back to this program, whatever its working folder and PATH are then. */
export interface OwnSshTools {
  readonly proxy: readonly string[];
  readonly knownHosts: (connection: string) => string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The gateway by its address, as a later configuration may name another one. */
export function ownSshTools(
  { gatewayUrl, environment }: ClientContext,
  flags: GlobalFlags & { readonly reason?: string | undefined },
): OwnSshTools {
  const { profile, ca, reason } = flags;
  const tokenFile = flags['token-file'];
  return {
    proxy: [
      process.execPath,
      path.resolve(process.argv[1] ?? ''),
      'ssh-proxy',
      ...['--gateway', gatewayUrl],
      ...(profile === 'default' ? [] : ['--profile', profile]),
      ...(ca === undefined ? [] : ['--ca', path.resolve(ca)]),
      ...(tokenFile === undefined ? [] : ['--token-file', path.resolve(tokenFile)]),
    ],
    knownHosts: (connection) => knownHostsFile(environment.paths, gatewayUrl, connection),
    environment: reason === undefined ? {} : { HOOPX_REASON: reason },
  };
}
