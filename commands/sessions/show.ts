import { string as stringArg } from '@oclif/core/args';
import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class SessionsShow extends HoopxCommand {
  static override summary = 'show whose session it was, when, and what came of it';

  static override examples = ['<%= config.bin %> sessions show ses_…'];

  static override args = {
    id: stringArg({ required: true, description: 'id of the session' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsShow);
    const context = await this.context(flags);
    const view = await (await context.control()).recording(args.id);
    if (flags.json) return this.printJson(view);
    const { recordingReport } = await import('../../src/cli/recording-report.ts');
    this.log(recordingReport(view).join('\n'));
  }
}
