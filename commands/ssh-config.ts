import { boolean } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';

export default class SshConfig extends HoopxCommand {
  static override summary = 'write a configuration with which plain ssh goes through the gateway';

  static override description =
    `One Host block for each SSH connection that you may use, in a file of its own, which
~/.ssh/config includes. Then ssh ssh-bastion works, and with it scp, sftp, rsync, git and
Ansible. Without --install nothing in ~/.ssh is touched. Run it again when you may use other
connections, or when Node or hoopx have moved.`;

  static override examples = [
    '<%= config.bin %> ssh-config',
    '<%= config.bin %> ssh-config --install && ssh ssh-bastion',
    '<%= config.bin %> ssh-config --print',
    '<%= config.bin %> ssh-config --remove',
  ];

  static override flags = {
    install: boolean({
      description: 'add the Include line at the top of ~/.ssh/config',
      env: 'HOOPX_SSH_CONFIG_INSTALL',
      exclusive: ['print', 'remove'],
    }),
    print: boolean({
      description: 'print the file, and write nothing',
      env: 'HOOPX_SSH_CONFIG_PRINT',
      exclusive: ['remove'],
    }),
    remove: boolean({
      description: 'take away the file, what belongs to it, and the Include line',
      env: 'HOOPX_SSH_CONFIG_REMOVE',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SshConfig);
    const [{ removeSshConfig, writeSshConfig }, { sshConfigFiles }] = await Promise.all([
      import('../src/tunnel/ssh-config-command.ts'),
      import('../src/cli/ssh-config-files.ts'),
    ]);
    const files = sshConfigFiles(this.environment(), flags.profile);
    const print = (text: string) => this.log(text);
    const say = (line: string) => this.logToStderr(line);
    const { json } = flags;
    // Neither a gateway nor a login is needed to take things away.
    if (flags.remove) return removeSshConfig({ files, json, print, say });
    const context = await this.context(flags);
    const { ownSshTools } = await import('../src/cli/ssh-tools.ts');
    await writeSshConfig({
      ...{ files, json, print, say },
      client: await context.control(),
      ssh: ownSshTools(context, flags),
      what: flags.print ? 'print' : flags.install ? 'install' : 'write',
    });
  }
}
