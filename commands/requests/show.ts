import { string } from '@oclif/core/args';
import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class RequestsShow extends HoopxCommand {
  static override summary = 'show one held operation: the exact statement, who, why, who decides';

  static override examples = [
    '<%= config.bin %> requests show req_…',
    '<%= config.bin %> requests show req_… --json',
  ];

  static override args = {
    id: string({ required: true, description: 'id of the request' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestsShow);
    const context = await this.context(flags);
    const request = await (await context.control()).request(args.id);
    if (flags.json) return this.printJson(request);
    const { cardText } = await import('../../src/tui/card-text.ts');
    this.log(cardText(request, { columns: process.stdout.columns ?? 100, now: Date.now() }));
  }
}
