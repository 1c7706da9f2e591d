import { HoopxCommand } from '../../src/cli/base-command.ts';
import { pageFlags } from '../../src/cli/page-flags.ts';

export default class ConnectionsList extends HoopxCommand {
  static override summary = 'list the connections that you may use';

  static override examples = [
    '<%= config.bin %> connections list',
    '<%= config.bin %> connections list --json',
  ];

  static override flags = pageFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ConnectionsList);
    const context = await this.context(flags);
    const { pageQuery, nextPageHint } = await import('../../src/cli/page-flags.ts');
    const page = await (await context.control()).listConnections(pageQuery(flags));
    if (flags.json) return this.printJson(page);
    const { tableOf } = await import('../../src/cli/table.ts');
    const { connectionHeadings, connectionRow } = await import(
      '../../src/cli/connection-report.ts'
    );
    this.log(tableOf(connectionHeadings, page.items.map(connectionRow)).join('\n'));
    nextPageHint(page, context.stderr);
  }
}
