import { string } from '@oclif/core/args';
import { string as stringFlag } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class RequestsCancel extends HoopxCommand {
  static override summary = 'cancel a request of yours, or take back an approval';

  static override description = [
    'What runs already is ended with its session, at once, and whoever sits there is told why.',
    'Its requester can do so, whoever could have approved it, and operators of the gateway.',
  ].join(' ');

  static override examples = [
    '<%= config.bin %> requests cancel req_…',
    "<%= config.bin %> requests cancel req_… --reason 'approved by mistake'",
  ];

  static override args = {
    id: string({ required: true, description: 'id of the request' }),
  };

  static override flags = {
    reason: stringFlag({
      description: 'why, for whoever asked for it',
      helpValue: 'TEXT',
      env: 'HOOPX_REASON',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestsCancel);
    const context = await this.context(flags);
    const request = await (await context.control()).cancelRequest(args.id, flags.reason);
    if (flags.json) return this.printJson(request);
    const { endingLine } = await import('../../src/cli/request-report.ts');
    context.stderr(endingLine(request));
  }
}
