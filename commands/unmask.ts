import { string } from '@oclif/core/args';
import { string as stringFlag } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';
import { durationFlag } from '../src/cli/duration-flag.ts';

export default class Unmask extends HoopxCommand {
  static override summary = 'ask that masks be lifted on a connection for a time';

  static override description = [
    'The time begins when it is approved, and is that of the masking rules. Sessions that you begin',
    'until then are not masked by them; they end with the grant, or when it is revoked (hoopx',
    'requests cancel). Answers of such sessions are not recorded. Exit codes as of requests wait.',
  ].join(' ');

  static override examples = [
    "<%= config.bin %> unmask pg-prod --reason 'a customer cannot log in: ticket 42'",
    '<%= config.bin %> unmask pg-prod --wait 0s --json',
  ];

  static override args = {
    name: string({ required: true, description: 'name of the connection' }),
  };

  static override flags = {
    reason: stringFlag({
      description: 'why, for the reviewers',
      helpValue: 'TEXT',
      env: 'HOOPX_REASON',
    }),
    wait: durationFlag({
      description: 'wait no longer than this for a decision',
      env: 'HOOPX_WAIT',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Unmask);
    const context = await this.context(flags);
    const { exitOfRequest, waitForRequest } = await import('../src/cli/wait-for-request.ts');
    const { endingLine } = await import('../src/cli/request-report.ts');
    const client = await context.control();
    const asked = await client.unmask(args.name, flags.reason);
    if (asked.state === 'pending') context.stderr(endingLine(asked));
    const interruption = this.interruption();
    const signals = [interruption];
    if (flags.wait !== undefined) signals.push(AbortSignal.timeout(flags.wait));
    const request = await waitForRequest(client, asked.id, AbortSignal.any(signals));
    interruption.throwIfAborted();
    if (flags.json) this.printJson(request);
    else context.stderr(endingLine(request));
    const exitCode = exitOfRequest(request);
    if (exitCode !== 0) this.exit(exitCode);
  }
}
