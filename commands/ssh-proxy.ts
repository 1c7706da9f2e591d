import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';

export default class SshProxy extends HoopxCommand {
  static override summary = 'carry one SSH connection between stdin, stdout and the gateway';

  static override description =
    `For ssh to run, as its ProxyCommand; hoopx ssh-config and hoopx connect write it down.
The gateway's host key is put where they let ssh look for it before ssh asks for it.

Exit codes: 4 login required; 64 no such connection; 69 gateway unreachable.`;

  static override examples = [
    '<%= config.bin %> ssh-proxy ssh-bastion',
    "ssh -o ProxyCommand='<%= config.bin %> ssh-proxy %h' ssh-bastion.hoopx",
  ];

  static override args = {
    host: stringArg({
      required: true,
      ignoreStdin: true,
      description: "name of the connection, or ssh's %h: the name, with .hoopx behind it or not",
    }),
  };

  static override flags = {
    reason: string({
      description: 'why, in your words, for reviewers',
      helpValue: 'TEXT',
      env: 'HOOPX_REASON',
    }),
    socket: string({
      description: 'go through the Unix socket of a `connect --socket`, not a tunnel of its own',
      helpValue: 'FILE',
      env: 'HOOPX_SSH_PROXY_SOCKET',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SshProxy);
    const { stdin, stdout } = process;
    const until = this.ending();
    if (flags.socket !== undefined) {
      const { sshProxyBySocket } = await import('../src/tunnel/ssh-proxy.ts');
      return sshProxyBySocket(flags.socket, { stdin, stdout, until });
    }
    const context = await this.context(flags);
    const [{ sshProxyCommand }, { ownSshTools }, { writeKnownHosts }, client] = await Promise.all([
      import('../src/tunnel/ssh-proxy.ts'),
      import('../src/cli/ssh-tools.ts'),
      import('../src/config/client-ssh-files.ts'),
      context.control(),
    ]);
    await sshProxyCommand({
      ...{ client, stdin, stdout, until },
      host: args.host,
      reason: flags.reason ?? null,
      ssh: ownSshTools(context, flags),
      writeTrust: writeKnownHosts,
      say: context.stderr,
    });
  }
}
