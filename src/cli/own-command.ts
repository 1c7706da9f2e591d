import path from 'node:path';
import type { ClientContext, GlobalFlags } from './client-context.ts';

/**
 * A command of hoopx for other programs to run, at this gateway and as this login, whatever their
 * working folder and PATH are then. The gateway by its address, as a later configuration may name
 * another one.
 */
export function ownCommand(
  { gatewayUrl }: Pick<ClientContext, 'gatewayUrl'>,
  { profile, ca, 'token-file': tokenFile }: GlobalFlags,
  command: readonly string[],
): readonly string[] {
  return [
    process.execPath,
    path.resolve(process.argv[1] ?? ''),
    ...command,
    ...['--gateway', gatewayUrl],
    ...(profile === 'default' ? [] : ['--profile', profile]),
    ...(ca === undefined ? [] : ['--ca', path.resolve(ca)]),
    ...(tokenFile === undefined ? [] : ['--token-file', path.resolve(tokenFile)]),
  ];
}
