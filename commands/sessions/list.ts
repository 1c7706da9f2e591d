import { HoopxCommand } from '../../src/cli/base-command.ts';
import { pageFlags } from '../../src/cli/page-flags.ts';

export default class SessionsList extends HoopxCommand {
  static override summary = 'list open sessions: your own, or all for operators of the gateway';

  static override examples = [
    '<%= config.bin %> sessions list',
    '<%= config.bin %> sessions list --json',
  ];

  static override flags = pageFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(SessionsList);
    const context = await this.context(flags);
    const { pageQuery, nextPageHint } = await import('../../src/cli/page-flags.ts');
    const page = await (await context.control()).listSessions(pageQuery(flags));
    if (flags.json) return this.printJson(page);
    const { tableOf } = await import('../../src/cli/table.ts');
    const { ageOf } = await import('../../src/cli/request-report.ts');
    const rows = page.items.map((session) => [
      session.id,
      session.connection,
      session.principal.name,
      session.client,
      ageOf(Date.parse(session.startedAt), Date.now()),
      String(session.operations),
      session.holding ?? '',
    ]);
    const headings = ['ID', 'CONNECTION', 'WHO', 'CLIENT', 'AGE', 'OPERATIONS', 'WAITS FOR'];
    this.log(tableOf(headings, rows).join('\n'));
    nextPageHint(page, context.stderr);
  }
}
