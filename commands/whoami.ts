import { HoopxCommand } from '../src/cli/base-command.ts';

export default class WhoAmI extends HoopxCommand {
  static override summary = 'say who the next command acts as, with which groups, until when';

  static override examples = ['<%= config.bin %> whoami', '<%= config.bin %> whoami --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(WhoAmI);
    const context = await this.context(flags);
    const { readWhoAmI } = await import('../src/cli/login-status.ts');
    const report = await readWhoAmI(context, Date.now());
    if (flags.json) return this.printJson(report);
    const { describeLogin } = await import('../src/cli/login-report.ts');
    this.log(describeLogin(report, Date.now()).join('\n'));
  }
}
