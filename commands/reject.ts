import { string as stringArg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';

export default class Reject extends HoopxCommand {
  static override summary = 'deny a held request, or ask for changes to it';

  static override examples = [
    '<%= config.bin %> reject req_7Hd2 --reason "not during business hours"',
    '<%= config.bin %> reject req_7Hd2 --request-changes --reason "add a WHERE clause"',
  ];

  static override args = {
    id: stringArg({ description: 'the request', required: true }),
  };

  static override flags = {
    reason: string({
      description: 'what the requester is told',
      helpValue: 'TEXT',
      required: true,
    }),
    'request-changes': boolean({ description: 'ask for changes instead of denying' }),
    digest: string({
      description: 'only what was reviewed: fails if the digest is another',
      helpValue: 'DIGEST',
    }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Reject);
    const context = await this.context(flags);
    const { decideById, decisionLine } = await import('../src/tui/decide-by-id.ts');
    const request = await decideById({
      api: await context.control(),
      id: args.id,
      kind: flags['request-changes'] ? 'request_changes' : 'deny',
      reason: flags.reason,
      digest: flags.digest ?? null,
    });
    if (flags.json) return this.printJson(request);
    this.log(decisionLine(request));
  }
}
