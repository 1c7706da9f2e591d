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
    const { name, type, database, databases, labels } = connection;
    const labelText = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    const rows = [
      ['type', type],
      ['database', database],
      ['also', databases.join(' ')],
      ['labels', labelText.join(' ')],
      ['connect', `hoopx connect ${name}`],
    ].filter(([, value]) => value !== '');
    this.log(tableOf(['name', name], rows).join('\n'));
  }
}
