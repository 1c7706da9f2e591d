import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Companion, startProgram } from '../processes.ts';
import { childOf } from './memory.ts';
import { run } from './programs.ts';
import type { SshWorld } from './world.ts';

/** One way to the same server, over a connection that is open already. */
export interface SshRoute {
  readonly name: string;
  readonly host: string;
  readonly environment: Readonly<Record<string, string>>;
  /** For ssh and sftp: over the open connection, and over a new one. */
  readonly warm: readonly string[];
  readonly cold: readonly string[];
  /** What stands between. */
  readonly between: readonly number[];
}

/** Direct, the same measured as if it were another, and through hoopx. */
export async function openSshRoutes(world: SshWorld): Promise<readonly SshRoute[]> {
  const direct = await openMaster(world, 'direct', 'direct');
  const hoopx = await openMaster(world, 'hoopx', 'ssh-bench');
  return [
    direct.route,
    { ...direct.route, name: 'direct (again)' },
    { ...hoopx.route, between: [world.gateway.pid, childOf(hoopx.master.pid)] },
  ];
}

async function openMaster(
  world: SshWorld,
  name: string,
  host: string,
): Promise<{ readonly master: Companion; readonly route: SshRoute }> {
  const { folder, sshConfig, environment } = world;
  const socket = path.join(folder, `${name}.sock`);
  const cold = ['-F', sshConfig];
  const master = world.started(
    startProgram('ssh', [...cold, '-M', '-N', '-S', socket, host], { env: environment }),
  );
  for (let tries = 0; !existsSync(socket); tries += 1) {
    if (tries > 400) throw new Error(`no connection to ${host}`);
    await delay(50);
  }
  const warm = [...cold, '-o', `ControlPath=${socket}`];
  const route = { name, host, environment, warm, cold, between: [] };
  return { master, route };
}

/** The cipher of a new connection, in ssh's own words. */
export async function agreedCipher({ cold, host, environment }: SshRoute): Promise<string> {
  const { stderr } = await run('ssh', ['-v', ...cold, host, 'true'], environment);
  return /kex: server->client cipher: (\S+)/.exec(stderr)?.[1] ?? 'unknown';
}
