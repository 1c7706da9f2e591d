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
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SshProxy);
    const context = await this.context(flags);
    const until = this.ending();
    const [{ sshProxyCommand }, { ownSshTools }, { writeKnownHosts }, client] = await Promise.all([
      import('../src/tunnel/ssh-proxy.ts'),
      import('../src/cli/ssh-tools.ts'),
      import('../src/config/client-ssh-files.ts'),
      context.control(),
    ]);
    const { stdin, stdout } = process;
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
