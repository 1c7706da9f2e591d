import type { ControlClient } from '../control/client.ts';
import { allConnections } from './all-connections.ts';
import { includeLine, sshConfigText } from './guides/ssh-config-text.ts';
import { knownHostsText, type SshTools } from './guides/ssh-settings.ts';

/** The files of one user of this machine. */
export interface SshConfigFiles {
  /** The include file: an absolute path. */
  readonly file: string;
  /** The user's own configuration, which includes it. */
  readonly userFile: string;
  /** Where `ssh` looks for that, if it is not there. */
  readonly elsewhere: string | null;
  write(text: string): Promise<void>;
  writeKnownHosts(file: string, text: string): Promise<void>;
  /** False when the line was there already. */
  install(line: string): Promise<boolean>;
  /** The include file, every known_hosts file, and the line. False when the line was not there. */
  remove(line: string): Promise<boolean>;
}

export interface SshConfigCommand {
  readonly client: ControlClient;
  readonly ssh: SshTools;
  readonly files: SshConfigFiles;
  readonly what: 'write' | 'install' | 'print';
  readonly json: boolean;
  /** Data, for stdout. */
  readonly print: (text: string) => void;
  readonly say: (line: string) => void;
}

/** `hoopx ssh-config`, but for `--remove`. @throws UserError */
export async function writeSshConfig(command: SshConfigCommand): Promise<void> {
  const { client, ssh, files, what, print, say } = command;
  const connections = (await allConnections(client)).filter((each) => each.type === 'ssh');
  const text = sshConfigText(connections, ssh, client.url);
  if (what === 'print') return print(text.trimEnd());
  const line = includeLine(files.file);
  for (const connection of connections) {
    await files.writeKnownHosts(ssh.knownHosts(connection.name), knownHostsText(connection));
  }
  await files.write(text);
  const installed = what === 'install' ? await files.install(line) : null;
  const names = connections.map(({ name }) => name);
  if (command.json) {
    print(JSON.stringify({ file: files.file, connections: names, include: line, installed }));
    return;
  }
  say(names.length === 0 ? 'You may use no SSH connection.' : `For: ${names.join(', ')}`);
  say(`Wrote ${files.file}`);
  if (installed === null) {
    say(`Put this line at the top of ${files.userFile}, or run: hoopx ssh-config --install`);
    print(line);
    return;
  }
  say(`${files.userFile} ${installed ? 'now includes it' : 'includes it already'}.`);
  if (files.elsewhere !== null) say(`But ssh reads ${files.elsewhere}: HOME says otherwise.`);
}

/** Takes away all that `hoopx ssh-config` ever wrote. @throws UserError */
export async function removeSshConfig({
  files,
  json,
  print,
  say,
}: Pick<SshConfigCommand, 'files' | 'json' | 'print' | 'say'>): Promise<void> {
  const taken = await files.remove(includeLine(files.file));
  if (json) return print(JSON.stringify({ file: files.file, removed: true, uninstalled: taken }));
  say(`Removed ${files.file}`);
  if (taken) say(`${files.userFile} no longer includes it.`);
}
