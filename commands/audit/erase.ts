import { string as stringArg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { longAgoFlag, longAgoWords } from '../../src/cli/time-flag.ts';

export default class AuditErase extends HoopxCommand {
  static override summary = 'erase the content of ended requests for good; for operators';

  static override description = `Statements, parameters, reasons and the salt go from the gateway's
store; the audit log stays whole, and says who erased what. Recordings go with --session.
${longAgoWords}`;

  static override examples = [
    '<%= config.bin %> audit erase req_7Hd2',
    '<%= config.bin %> audit erase req_7Hd2 --session ses_5Kq1 --yes',
    '<%= config.bin %> audit erase --before 90d --yes --json',
  ];

  static override strict = false;

  static override args = {
    request: stringArg({ description: 'a request that has ended; more may follow' }),
  };

  static override flags = {
    before: longAgoFlag({
      description: 'of every request that ended before that time',
    }),
    session: string({
      description: 'the recording of this session, and its salt; may be repeated',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
    }),
    yes: boolean({ char: 'y', description: 'do not ask' }),
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(AuditErase);
    const { erasureAsk, erasureQuestion, erasureText, isErased } = await import(
      '../../src/cli/erase-content.ts'
    );
    const { before = null, session: sessions = [] } = flags;
    const ask = erasureAsk({ requests: argv.map(String), sessions, before });
    const context = await this.context(flags);
    if (!flags.yes) {
      const { confirmed } = await import('../../src/tui/confirm.ts');
      await confirmed(erasureQuestion(ask), context.isTerminal, 'nothing was erased');
    }
    const erased = await (await context.control()).eraseContent(ask);
    if (flags.json) this.printJson(erased);
    else this.log(erasureText(erased));
    if (!isErased(erased)) this.exit(1);
  }
}
