import { string } from '@oclif/core/args';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { durationFlag } from '../../src/cli/duration-flag.ts';

export default class RequestsWait extends HoopxCommand {
  static override summary = 'wait until a request has been decided, and say so by the exit code';

  static override description = [
    'Exit codes: 0 approved, or it ran; 1 it ran and failed; 75 still pending when --timeout was',
    'over; 77 nobody could approve it; 80 denied by a reviewer; 81 changes requested; 82 expired,',
    'revoked or cancelled; 84 outcome unknown, do not retry; 130 interrupted (the request stays).',
  ].join(' ');

  static override examples = [
    '<%= config.bin %> requests wait req_…',
    '<%= config.bin %> requests wait req_… --timeout 10m --json',
  ];

  static override args = {
    id: string({ required: true, description: 'id of the request' }),
  };

  static override flags = {
    timeout: durationFlag({ description: 'wait no longer than this', env: 'HOOPX_TIMEOUT' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestsWait);
    const context = await this.context(flags);
    const { exitOfRequest, waitForRequest } = await import('../../src/cli/wait-for-request.ts');
    const interruption = this.interruption();
    const signals = [interruption];
    if (flags.timeout !== undefined) signals.push(AbortSignal.timeout(flags.timeout));
    const client = await context.control();
    const request = await waitForRequest(client, args.id, AbortSignal.any(signals));
    interruption.throwIfAborted();
    if (flags.json) {
      const { resultOfRequest } = await import('../../src/exec/request-result.ts');
      this.printJson(resultOfRequest(request));
    } else {
      const { endingLine } = await import('../../src/cli/request-report.ts');
      context.stderr(endingLine(request));
    }
    const exitCode = exitOfRequest(request);
    if (exitCode !== 0) this.exit(exitCode);
  }
}
