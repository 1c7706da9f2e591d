import type { SshConnectionView } from '../../control/contract.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { UserError } from '../../core/user-error.ts';
import type { Place } from './client-guide.ts';

/** What this machine brings to every use of `ssh`. */
export interface SshTools {
  /** Runs `hoopx ssh-proxy`, in absolute paths, at this gateway; flags and the connection's name follow. */
  readonly proxy: readonly string[];
  /** Where the gateway's host key is kept for a connection of that name: an absolute path. */
  readonly knownHosts: (connection: string) => string;
  /** For `ssh`, which hands it on to `hoopx ssh-proxy`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A keyword of ssh_config(5), and its value as it is written there. */
export type SshSetting = readonly [keyword: string, value: string];

/** What `ssh` is asked for. Not the bare name, which may be that of a host that is reached directly. */
export function aliasOf({ name }: Pick<SshConnectionView, 'name'>): string {
  return `${checkedName(name)}${aliasSuffix}`;
}

/** Under which the gateway's key stands in the connection's known_hosts file. */
export function hostKeyAliasOf({ name }: Pick<SshConnectionView, 'name'>): string {
  // Patterns of that file are brought to lower case before they are compared.
  return `hoopx-${checkedName(name).toLowerCase()}`;
}

export function knownHostsText(connection: SshConnectionView): string {
  return `${hostKeyAliasOf(connection)} ${connection.hostKey}\n`;
}

const aliasSuffix = '.hoopx';

/** The name of the connection that ssh's `%h` stands for. */
export function connectionOfAlias(host: string): string {
  return checkedName(host.endsWith(aliasSuffix) ? host.slice(0, -aliasSuffix.length) : host);
}

/**
 * Never a question, never a key that the tunnel did not vouch for. What a user's own
 * configuration says is overridden where it would lead elsewhere. `place`: null to go through
 * `hoopx ssh-proxy`.
 * @throws UserError UNSAFE_FOR_SSH for what ssh would read as something else
 */
export function sshSettings(
  connection: SshConnectionView,
  tools: SshTools,
  place: Place | null,
): readonly SshSetting[] {
  return [
    ...routeTo(connection, tools, place),
    ['User', checkedUser(connection.user)],
    ['HostKeyAlias', hostKeyAliasOf(connection)],
    ['UserKnownHostsFile', fileValue(tools.knownHosts(connection.name))],
    ['GlobalKnownHostsFile', '/dev/null'],
    ['StrictHostKeyChecking', 'yes'],
    ['CheckHostIP', 'no'],
    ['VerifyHostKeyDNS', 'no'],
    ['UpdateHostKeys', 'no'],
    // The tunnel's login says who it is.
    ['PreferredAuthentications', 'none'],
    ['PubkeyAuthentication', 'no'],
    ['PasswordAuthentication', 'no'],
    ['KbdInteractiveAuthentication', 'no'],
  ];
}

function routeTo(
  connection: SshConnectionView,
  { proxy }: SshTools,
  place: Place | null,
): readonly SshSetting[] {
  if (place?.kind === 'port') {
    return [
      ['HostName', '127.0.0.1'],
      ['Port', String(place.port)],
      ['ProxyCommand', 'none'],
    ];
  }
  const through = place === null ? [] : ['--socket', place.path];
  const command = [...proxy, ...through, connection.name];
  return [
    ['HostName', aliasOf(connection)],
    ['CanonicalizeHostname', 'no'],
    ['ProxyCommand', command.map(proxyWord).join(' ')],
    ['ProxyUseFdpass', 'no'],
  ];
}

/** A word of a ProxyCommand, for whatever shell the user has: ssh expands `%`, and runs it there. */
function proxyWord(word: string): string {
  if (/^[\w./:@+=,-]+$/.test(word)) return word;
  if (/[\p{C}'\\!]/u.test(word)) throw unsafe(word);
  return `'${word.replaceAll('%', '%%')}'`;
}

/** A file for a keyword that takes a list, and expands `%` and `${…}`. */
export function fileValue(file: string): string {
  if (/[\p{C}"\\$]/u.test(file)) throw unsafe(file);
  const escaped = file.replaceAll('%', '%%');
  return /^[\w./:@%+=,-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

function checkedName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return name;
  throw new UserError(`no name of a connection: ${name}`, {
    code: 'BAD_CONNECTION_NAME',
    exitCode: exitCodes.usage,
    hint: 'hoopx connections list shows those that you may use.',
  });
}

function checkedUser(user: string): string {
  if (/^[A-Za-z0-9_.][A-Za-z0-9_.@+-]*$/.test(user)) return user;
  throw unsafe(user);
}

function unsafe(text: string): UserError {
  return new UserError(`this cannot be written for ssh without being misread: ${text}`, {
    code: 'UNSAFE_FOR_SSH',
    exitCode: exitCodes.badConfiguration,
    hint: 'Paths and users must have no quotes, backslashes, $, ! or control characters.',
  });
}
