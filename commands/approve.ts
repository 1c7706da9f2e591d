import { string as stringArg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';

export default class Approve extends HoopxCommand {
  static override summary = 'decide held requests on a screen, or approve the ones that are named';

  static override description =
    `Without an ID it draws the reviewers' screen: what waits, and the exact statement of each.
With one it shows the request and asks. --yes does not ask, and then several may be named.`;

  static override examples = [
    '<%= config.bin %> approve',
    '<%= config.bin %> approve req_7Hd2',
    '<%= config.bin %> approve req_7Hd2 --yes --digest sha256:…',
  ];

  static override strict = false;

  static override args = {
    id: stringArg({ description: 'the request to approve; more may follow with --yes' }),
  };

  static override flags = {
    yes: boolean({ char: 'y', description: 'do not show it, do not ask' }),
    reason: string({ description: 'recorded with the decision', helpValue: 'TEXT' }),
    digest: string({
      description: 'approve only what was reviewed: fails if the digest is another',
      helpValue: 'DIGEST',
    }),
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Approve);
    const { yes, reason = null, digest = null } = flags;
    const ask = { ids: argv.map(String), yes, reason, digest };
    const { approveByIds, checkApproveAsk, openReviewerScreen } = await import(
      '../src/tui/approve-command.ts'
    );
    checkApproveAsk(ask, process);
    const context = await this.context(flags);
    const api = await context.control();
    if (ask.ids.length === 0) {
      const { gatewayUrl, environment } = context;
      return this.exit(await openReviewerScreen(api, gatewayUrl, environment.color));
    }
    const { requests, failure } = await approveByIds(ask, api, Date.now());
    const { decisionLine } = await import('../src/tui/decide-by-id.ts');
    if (!flags.json) for (const request of requests) this.log(decisionLine(request));
    else if (ask.ids.length > 1) this.printJson({ items: requests, nextCursor: null });
    else if (requests.length === 1) this.printJson(requests[0]);
    if (failure !== null) throw failure;
  }
}
