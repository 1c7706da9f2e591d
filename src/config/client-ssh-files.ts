import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { ClientPaths } from './client-environment.ts';
import { readIfPresent, writePrivateFile } from './private-file.ts';

/** Where hoopx keeps what `ssh` reads: `$XDG_CONFIG_HOME/hoopx/ssh_config`, and one for each other profile. */
export function sshConfigFile(paths: ClientPaths, profile: string): string {
  const plain = /^[\w-]+$/.test(profile) ? profile : `_${digestOf(profile)}`;
  return path.join(paths.config, profile === 'default' ? 'ssh_config' : `ssh_config-${plain}`);
}

/** The known_hosts file of one connection of one gateway: `$XDG_STATE_HOME/hoopx/ssh/…`. */
export function knownHostsFile(paths: ClientPaths, gateway: string, connection: string): string {
  return path.join(knownHostsFolder(paths), digestOf(gateway), connection);
}

/** Replaces it as a whole, and only when it says something else: many may start at once. */
export async function writeKnownHosts(file: string, text: string): Promise<void> {
  if ((await readIfPresent(file)) !== text) await writePrivateFile(file, text);
}

/** All of them, of every gateway: they are written again when they are needed. */
export async function removeKnownHosts(paths: ClientPaths): Promise<void> {
  await rm(knownHostsFolder(paths), { recursive: true, force: true });
}

function knownHostsFolder(paths: ClientPaths): string {
  return path.join(paths.state, 'ssh');
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
