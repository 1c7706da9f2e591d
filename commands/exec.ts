import { string as stringArg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';
import { durationFlag } from '../src/cli/duration-flag.ts';
import { runExecCommand } from '../src/exec/exec-command.ts';

export default class Exec extends HoopxCommand {
  static override summary =
    'run one operation through the gate, and say by the exit code what became of it';

  static override description =
    `Needs no terminal: what needs approval is waited for as long as --wait says, then
answered with exit code 75 and the request's id. The same command, repeated once it is
approved, runs it; once.

Exit codes: 0 it ran; 1 the target's own error; 4 login required; 64 usage; 69 gateway
unreachable; 75 pending; 77 denied by policy; 80 denied by a reviewer; 81 changes
requested; 82 expired, revoked or cancelled by another; 84 outcome unknown, do not retry;
124 time limit; 130 interrupted.`;

  static override examples = [
    "<%= config.bin %> exec pg-prod 'select count(*) from orders'",
    "<%= config.bin %> exec pg-prod --json --reason 'ticket 4711' 'delete from carts where id = 7'",
    "<%= config.bin %> exec pg-prod 'select * from orders where id = $1' --param 42",
    '<%= config.bin %> exec pg-prod -f migration.sql --no-wait',
  ];

  static override args = {
    connection: stringArg({
      required: true,
      description: 'name of the connection',
      // Standard input may hold the SQL, and nothing else.
      ignoreStdin: true,
    }),
    sql: stringArg({
      description: 'the SQL; several statements if there are no parameters',
      ignoreStdin: true,
    }),
  };

  static override flags = {
    file: string({
      char: 'f',
      description: 'read the SQL from a file; - is standard input',
      env: 'HOOPX_EXEC_FILE',
      helpValue: 'FILE',
    }),
    param: string({
      description: 'value for $1, then $2, …',
      multiple: true,
      env: 'HOOPX_EXEC_PARAM',
      helpValue: 'VALUE',
    }),
    csv: boolean({ description: 'print rows as CSV', exclusive: ['json'], env: 'HOOPX_CSV' }),
    reason: string({
      description: 'why, in your words, for the reviewer',
      env: 'HOOPX_REASON',
      helpValue: 'TEXT',
    }),
    wait: durationFlag({
      description: 'how long to wait for approval (8s without a terminal)',
      env: 'HOOPX_WAIT',
      exclusive: ['no-wait'],
    }),
    'no-wait': boolean({ description: 'do not wait for approval', env: 'HOOPX_NO_WAIT' }),
    timeout: durationFlag({
      description: 'cancel it when the whole takes longer',
      env: 'HOOPX_TIMEOUT',
    }),
    'idempotency-key': string({
      description: 'the same key returns the first request again',
      env: 'HOOPX_IDEMPOTENCY_KEY',
      helpValue: 'KEY',
    }),
    'max-rows': integer({
      description: 'rows kept for each statement',
      default: 10_000,
      min: 1,
      env: 'HOOPX_MAX_ROWS',
    }),
  };

  static override strict = false;

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Exec);
    const context = await this.context(flags);
    const exitCode = await runExecCommand({
      connection: args.connection,
      words: argv.slice(1).map(String),
      flags,
      control: () => context.control(),
      isTerminal: context.isTerminal,
      stdout: process.stdout,
      talk: context.stderr,
    });
    if (exitCode !== 0) this.exit(exitCode);
  }
}
