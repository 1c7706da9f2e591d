import type { SshConnectionView } from '../../control/contract.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { UserError } from '../../core/user-error.ts';
import { aliasOf, type SshTools, sshSettings } from './ssh-settings.ts';

/**
 * An include file for ssh_config(5): one block for each connection, with which plain `ssh NAME`
 * and all that starts `ssh` by itself go through the gateway.
 * @throws UserError UNSAFE_FOR_SSH
 */
export function sshConfigText(
  connections: readonly SshConnectionView[],
  tools: SshTools,
  gateway: string,
): string {
  const blocks = connections.map((connection) => blockOf(connection, tools));
  const heading = `# Connections of ${gateway}. \`hoopx ssh-config\` writes this file anew: changes are lost.`;
  return [heading, ...blocks].join('\n\n').concat('\n');
}

function blockOf(connection: SshConnectionView, tools: SshTools): string {
  const settings = sshSettings(connection, tools, null);
  return [
    `Host ${connection.name} ${aliasOf(connection)}`,
    ...settings.map(([keyword, value]) => `  ${keyword} ${value}`),
  ].join('\n');
}

/**
 * What brings the file into use. Paths of `Include` are patterns.
 * @throws UserError UNSAFE_FOR_SSH
 */
export function includeLine(file: string): string {
  if (!/[\p{C}"\\$%*?[\]{}]/u.test(file)) return `Include "${file}"`;
  throw new UserError(`ssh cannot include a file of this name: ${file}`, {
    code: 'UNSAFE_FOR_SSH',
    exitCode: exitCodes.badConfiguration,
    hint: 'Set XDG_CONFIG_HOME to a folder without quotes and wildcards in its name.',
  });
}
