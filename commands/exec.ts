import { string as stringArg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';
import { durationFlag } from '../src/cli/duration-flag.ts';
import { wordsAfterDashes } from '../src/cli/words-after-dashes.ts';
import { runExecCommand } from '../src/exec/exec-command.ts';

export default class Exec extends HoopxCommand {
  static override summary =
    'run one operation through the gate, and say by the exit code what became of it';

  static override description =
    `Needs no terminal: what needs approval is waited for as long as --wait says, then
answered with exit code 75 and the request's id. The same command, repeated once it is
approved, runs it; once.

At a Kubernetes cluster it runs this machine's kubectl with the words behind --. At an HTTP
service it sends METHOD PATH, with --data as its body, and prints the body of the
answer. At a database it runs SQL. At an SSH connection it runs the words behind --, each quoted so
that the remote shell gets exactly these, or with --raw one shell line as it is; the command
has no input unless --stdin-file, --stdin or --tty gives it some, and its exit code is the
exit code here.

Exit codes: 0 it ran; 1 the error of a database or of an HTTP
service; a remote command's or kubectl's own; 4 login
required; 64 usage; 69 gateway unreachable; 75 pending; 77 denied by policy; 80 denied by
a reviewer; 81 changes requested; 82 expired, revoked or cancelled by another; 84 outcome
unknown, do not retry; 124 time limit; 130 interrupted.`;

  static override examples = [
    "<%= config.bin %> exec pg-prod 'select count(*) from orders'",
    "<%= config.bin %> exec pg-prod --json --reason 'ticket 4711' 'delete from carts where id = 7'",
    "<%= config.bin %> exec pg-prod 'select * from orders where id = $1' --param 42",
    '<%= config.bin %> exec pg-prod -f migration.sql --no-wait',
    '<%= config.bin %> exec ssh-bastion -- systemctl restart x',
    "<%= config.bin %> exec ssh-bastion --raw 'df -h | tail -n +2'",
    '<%= config.bin %> exec admin-api -- POST /v1/users --data @user.json',
    '<%= config.bin %> exec k8s-prod -- delete pod web-0 -n prod',
    '<%= config.bin %> exec --on env=prod -- uptime',
  ];

  static override usage = [
    'exec CONNECTION [SQL] [--param VALUE…] [-f FILE]',
    'exec CONNECTION [--stdin | --stdin-file FILE | --tty] -- COMMAND…',
    "exec CONNECTION [-H 'NAME: VALUE'…] [--data TEXT | --data @FILE] -- METHOD PATH",
    'exec CONNECTION -- KUBECTL-ARGUMENT…',
    'exec --on LABEL=VALUE [--stdin-file FILE] -- COMMAND…',
  ];

  static override args = {
    connection: stringArg({
      description: 'name of the connection',
      // Standard input may hold the SQL, and nothing else.
      ignoreStdin: true,
    }),
    operation: stringArg({
      description:
        'the SQL, several statements if there are no parameters; the command; or METHOD PATH',
      ignoreStdin: true,
    }),
  };

  static override flags = {
    file: string({
      helpGroup: 'SQL',
      char: 'f',
      description: 'read the SQL from a file; - is standard input',
      env: 'HOOPX_EXEC_FILE',
      helpValue: 'FILE',
    }),
    param: string({
      helpGroup: 'SQL',
      description: 'value for $1, then $2, …',
      multiple: true,
      env: 'HOOPX_EXEC_PARAM',
      helpValue: 'VALUE',
    }),
    csv: boolean({
      description: 'print rows as CSV',
      exclusive: ['json'],
      env: 'HOOPX_CSV',
      helpGroup: 'SQL',
    }),
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
      helpGroup: 'SQL',
    }),
    header: string({
      char: 'H',
      description: "a header of the request, as 'Name: value'; repeatable",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'LINE',
      helpGroup: 'HTTP',
      env: 'HOOPX_EXEC_HEADER',
    }),
    data: string({
      char: 'd',
      description:
        'body of the request, at most 1 MiB, which the reviewer approves with it; @FILE reads a file, @- standard input',
      helpValue: 'TEXT',
      helpGroup: 'HTTP',
      env: 'HOOPX_EXEC_DATA',
    }),
    'data-file': string({
      description: 'the same from a file as it is; - is standard input',
      helpValue: 'FILE',
      helpGroup: 'HTTP',
      env: 'HOOPX_EXEC_DATA_FILE',
    }),
    raw: boolean({
      description: 'the command is one shell line, sent as it is',
      env: 'HOOPX_EXEC_RAW',
      helpGroup: 'SSH',
    }),
    'stdin-file': string({
      description: 'input for the command, at most 1 MiB, which the reviewer approves with it',
      env: 'HOOPX_EXEC_STDIN_FILE',
      helpValue: 'FILE',
      helpGroup: 'SSH',
    }),
    stdin: boolean({
      description:
        'stream standard input to the command: not reviewed, and not to be claimed later',
      env: 'HOOPX_EXEC_STDIN',
      helpGroup: 'SSH',
    }),
    tty: boolean({
      description: 'run the command in a terminal, this one',
      env: 'HOOPX_EXEC_TTY',
      helpGroup: 'SSH',
    }),
    on: string({
      description: 'at every SSH connection with this label, instead of a named one; repeatable',
      multiple: true,
      multipleNonGreedy: true,
      env: 'HOOPX_EXEC_ON',
      helpValue: 'LABEL=VALUE',
      helpGroup: 'SSH',
    }),
    'max-output': integer({
      description: 'bytes kept of stdout and of stderr, or of the body, with --json',
      default: 1_048_576,
      min: 0,
      env: 'HOOPX_MAX_OUTPUT',
      helpGroup: 'SSH and HTTP',
    }),
  };

  static override strict = false;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Exec);
    const context = await this.context(flags);
    const exitCode = await runExecCommand({
      ...this.given(argv.map(String), flags.on !== undefined),
      flags,
      control: () => context.control(),
      remote: async () => {
        const { runRemoteCommand } = await import('../src/gateway/run-remote-command.ts');
        return runRemoteCommand;
      },
      isTerminal: context.isTerminal,
      stdin: () => process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      term: context.environment.term,
      talk: context.stderr,
    });
    if (exitCode !== 0) this.exit(exitCode);
  }

  /** The name comes first, also where all of it stands behind `--`; with --on there is none. */
  private given(argv: readonly string[], isOn: boolean) {
    const behind = wordsAfterDashes(this.argv);
    if (isOn) return { connection: null, words: behind ?? argv, dashed: behind !== null };
    const all = behind === null || behind.length < argv.length ? null : behind;
    const words = all?.slice(1) ?? behind ?? argv.slice(1);
    return { connection: all?.[0] ?? argv[0] ?? null, words, dashed: behind !== null };
  }
}
