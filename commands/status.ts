import { HoopxCommand } from '../src/cli/base-command.ts';
import { exitCodes } from '../src/core/exit-codes.ts';

export default class Status extends HoopxCommand {
  static override summary = 'list your logins, from the files of this machine alone';

  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const { readStatus, statusText } = await import('../src/cli/login-status.ts');
    const status = await readStatus(flags, this.environment(), Date.now());
    if (flags.json) this.printJson(status);
    else this.log(statusText(status, Date.now()).join('\n'));
    if (!status.usable) this.exit(exitCodes.loginRequired);
  }
}
