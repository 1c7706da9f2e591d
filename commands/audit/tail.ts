import { boolean, integer } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class AuditTail extends HoopxCommand {
  static override summary = "follow the gateway's audit log; for operators";

  static override description = `Prints the last ten records and then each new one, a line of JSON
each. It shows what the gateway says; "audit verify" shows whether that is so.`;

  static override flags = {
    after: integer({ description: 'begin behind this record', min: 0 }),
    follow: boolean({ description: 'go on with what comes', default: true, allowNo: true }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditTail);
    const control = await (await this.context(flags)).control();
    const { followAudit } = await import('../../src/cli/follow-audit.ts');
    await followAudit(control, {
      after: flags.after ?? null,
      follow: flags.follow,
      signal: this.ending(),
      print: (line) => this.log(line),
    });
  }
}
