import path from 'node:path';
import {
  type Running,
  type RunningSystem,
  type SystemOptions,
  startSystem,
} from './running-system.ts';
import { type SshdPeer, startSshd } from './sshd.ts';

/** The built program before a real sshd, its connection `host`, and an engineer's clients of SSH. */
export interface SshSystem extends AsyncDisposable {
  readonly sshd: SshdPeer;
  readonly system: RunningSystem;
  /** For `-F`: what `hoopx ssh-config` wrote. */
  readonly config: string;
  /** Below the system's folder. */
  at(...names: readonly string[]): string;
  run(program: string, args: readonly string[], input?: string): Running;
}

export interface SshSystemOptions extends Pick<SystemOptions, 'rules' | 'masking'> {
  readonly sftp?: true;
}

/** Keys of a connection to it, in YAML. */
export function sshTarget({ host, port, user, keyFile, fingerprint }: SshdPeer): string {
  return `type: ssh, host: ${host}, port: ${port}, user: ${user}, key: "file:${keyFile}", hostKey: "${fingerprint}"`;
}

export async function startSshSystem({ sftp, ...options }: SshSystemOptions): Promise<SshSystem> {
  const sshd = await startSshd();
  const files = sftp === true ? ', sftp: true' : '';
  const system = await startSystem({
    connections: [`host: { ${sshTarget(sshd)}, access: { groups: [engineering] }${files} }`],
    ...options,
  });
  const env = await system.environment('engineer');
  await system.run('engineer', 'ssh-config');
  return {
    ...{ sshd, system, config: path.join(system.folder, 'config', 'hoopx', 'ssh_config') },
    at: (...names) => path.join(system.folder, ...names),
    run: (program, args, input) =>
      system.spawn(program, args, { env, ...(input === undefined ? {} : { input }) }),
    async [Symbol.asyncDispose]() {
      await system.gateway.stop();
      await system[Symbol.asyncDispose]();
      await sshd.stop();
    },
  };
}
