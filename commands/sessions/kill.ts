import { string } from '@oclif/core/args';
import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class SessionsKill extends HoopxCommand {
  static override summary = 'end an open session at once';

  static override examples = ['<%= config.bin %> sessions kill ses_…'];

  static override args = {
    id: string({ required: true, description: 'id of the session, from `sessions list`' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsKill);
    const context = await this.context(flags);
    await (await context.control()).killSession(args.id);
    if (flags.json) return this.printJson({ id: args.id, ended: true });
    context.stderr(`Ended ${args.id}.`);
  }
}
