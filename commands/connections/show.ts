import { string } from '@oclif/core/args';
import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class ConnectionsShow extends HoopxCommand {
  static override summary = 'show one connection';

  static override examples = ['<%= config.bin %> connections show pg-prod'];

  static override args = {
    name: string({ required: true, description: 'name of the connection' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConnectionsShow);
    const context = await this.context(flags);
    const connection = await (await context.control()).connection(args.name);
    if (flags.json) return this.printJson(connection);
    const { tableOf } = await import('../../src/cli/table.ts');
    const { connectionFields } = await import('../../src/cli/connection-report.ts');
    const rows = connectionFields(connection).filter(([, value]) => value !== '');
    this.log(tableOf(['name', connection.name], rows).join('\n'));
  }
}
