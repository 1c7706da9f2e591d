import { boolean, string } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { pageFlags } from '../../src/cli/page-flags.ts';
import { requestStates } from '../../src/core/request.ts';

export default class RequestsList extends HoopxCommand {
  static override summary = 'list held operations: your own, and those that you may decide';

  static override examples = [
    '<%= config.bin %> requests list',
    '<%= config.bin %> requests list --mine --state pending --state approved',
    '<%= config.bin %> requests list --connection pg-prod --json',
  ];

  static override flags = {
    ...pageFlags,
    state: string({
      description: 'only in this state; may be repeated',
      options: requestStates,
      multiple: true,
      env: 'HOOPX_STATE',
    }),
    mine: boolean({ description: 'only your own', env: 'HOOPX_MINE' }),
    connection: string({
      description: 'only for this connection',
      helpValue: 'NAME',
      env: 'HOOPX_CONNECTION',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(RequestsList);
    const context = await this.context(flags);
    const { pageQuery, nextPageHint } = await import('../../src/cli/page-flags.ts');
    const states = requestStates.filter((state) => flags.state?.includes(state) === true);
    const page = await (await context.control()).listRequests({
      ...pageQuery(flags),
      ...(states.length === 0 ? {} : { state: states }),
      ...(flags.mine ? { mine: true } : {}),
      ...(flags.connection === undefined ? {} : { connection: flags.connection }),
    });
    if (flags.json) return this.printJson(page);
    const { tableOf } = await import('../../src/cli/table.ts');
    const { requestHeadings, requestRow } = await import('../../src/cli/request-report.ts');
    const rows = page.items.map((request) => requestRow(request, Date.now()));
    this.log(tableOf(requestHeadings, rows).join('\n'));
    nextPageHint(page, context.stderr);
  }
}
