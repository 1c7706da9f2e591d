import { boolean, string } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { pageFlags } from '../../src/cli/page-flags.ts';
import { timeFlag, timeWords } from '../../src/cli/time-flag.ts';

export default class SessionsList extends HoopxCommand {
  static override summary = 'list sessions: your own, or all for operators of the gateway';

  static override description = `Those that are open now. With --ended, or anything to look for,
those that were recorded: newest first, the open ones among them.
${timeWords}`;

  static override examples = [
    '<%= config.bin %> sessions list',
    '<%= config.bin %> sessions list --ended --connection pg-prod --since 2h',
    '<%= config.bin %> sessions list --text "drop table" --verdict deny',
  ];

  static override flags = {
    ...pageFlags,
    ended: boolean({ description: 'also those that have ended', env: 'HOOPX_ENDED' }),
    person: string({
      description: 'only of this person, or principal',
      helpValue: 'NAME',
      env: 'HOOPX_PERSON',
    }),
    connection: string({
      description: 'only on this connection',
      helpValue: 'NAME',
      env: 'HOOPX_CONNECTION',
    }),
    since: timeFlag({
      description: 'only those that were open then or later',
      env: 'HOOPX_SINCE',
    }),
    until: timeFlag({
      description: 'only those that had begun by then',
      env: 'HOOPX_UNTIL',
    }),
    text: string({
      description: 'only those in which this was asked or shown',
      helpValue: 'TEXT',
      env: 'HOOPX_TEXT',
    }),
    verdict: string({
      description:
        'only those with an operation that was decided so (review: or is held now), or did not run',
      options: ['allow', 'deny', 'review', 'refused'],
      env: 'HOOPX_VERDICT',
    }),
    identity: string({
      description: 'file with an age identity, to look for --text in encrypted recordings',
      helpValue: 'FILE',
      env: 'HOOPX_AGE_IDENTITY',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SessionsList);
    const context = await this.context(flags);
    const { listSessions } = await import('../../src/cli/list-sessions.ts');
    const { page, table } = await listSessions(flags, context);
    if (flags.json) return this.printJson(page);
    const { nextPageHint } = await import('../../src/cli/page-flags.ts');
    this.log(table.join('\n'));
    nextPageHint(page, context.stderr);
  }
}
