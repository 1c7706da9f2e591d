import { HoopxCommand } from '../src/cli/base-command.ts';

export default class Doctor extends HoopxCommand {
  static override summary = 'look for what stands in the way, and say what to do about it';

  static override description = `Configuration, the gateway with its certificate, version and clock,
your login, where logins are kept, and the clients of this machine. Exit codes: 0 nothing
stands in the way; 1 something does.`;

  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --gateway https://hoopx.example.com --json',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const [{ examine }, { findingLines }] = await Promise.all([
      import('../src/cli/doctor/examine.ts'),
      import('../src/cli/doctor/finding.ts'),
    ]);
    const diagnosis = await examine(flags, this.environment(), this.config.version);
    if (flags.json) this.printJson(diagnosis);
    else this.log(findingLines(diagnosis.checks).join('\n'));
    if (!diagnosis.ok) this.exit(1);
  }
}
