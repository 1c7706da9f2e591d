import { string as stringArg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';
import { wordsAfterDashes } from '../src/cli/words-after-dashes.ts';

export default class Connect extends HoopxCommand {
  static override summary =
    'use a connection: open a local port, a shell, or run a command with it';

  static override description =
    `A database: without a command it prints how to use the port, and stays until Ctrl-C.
With one, it runs it with PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLMODE and HOOPX_URL set,
and ends with its exit code. Clients need no password.

SSH: opens a shell with the local ssh, or runs the command on the other side, words quoted
so that the shell there gets exactly these. With --port, --socket or --json it stays open
for other clients. hoopx ssh-config makes plain ssh, scp, sftp, rsync and git work.

Kubernetes: prints the KUBECONFIG to export, or runs the command with it set.

What is held, and what comes of it, is told on stderr.`;

  static override usage =
    'connect CONNECTION [--port PORT | --socket | --print] [--reason TEXT] [-- COMMAND…]';

  static override examples = [
    '<%= config.bin %> connect pg-prod',
    "<%= config.bin %> connect pg-prod -- psql -c 'select 1'",
    '<%= config.bin %> connect pg-prod --port 5433',
    '<%= config.bin %> connect k8s-prod -- kubectl get pods',
    '<%= config.bin %> connect ssh-bastion',
    '<%= config.bin %> connect ssh-bastion -- uptime -p',
    '<%= config.bin %> connect ssh-bastion --print',
  ];

  static override args = {
    connection: stringArg({ required: true, description: 'name of the connection' }),
  };

  static override flags = {
    port: integer({
      description: 'the local port; a free one unless given',
      helpValue: 'PORT',
      min: 1,
      max: 65_535,
      env: 'HOOPX_PORT',
      exclusive: ['socket', 'print'],
    }),
    socket: boolean({
      description: 'a Unix socket that only you can open, instead of a port',
      env: 'HOOPX_SOCKET',
      exclusive: ['print'],
    }),
    print: boolean({
      description: 'SSH: print the ssh command that needs nothing to stay open, and end',
      env: 'HOOPX_PRINT',
    }),
    tty: boolean({
      char: 't',
      description: 'SSH: give the command a terminal',
      env: 'HOOPX_TTY',
    }),
    reason: string({
      description: 'why, in your words, for reviewers',
      helpValue: 'TEXT',
      env: 'HOOPX_REASON',
    }),
  };

  static override strict = false;

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Connect);
    const context = await this.context(flags);
    const [{ connectCommand }, client] = await Promise.all([
      import('../src/tunnel/connect-command.ts'),
      context.control(),
    ]);
    const { ownSshTools } = await import('../src/cli/ssh-tools.ts');
    const exitCode = await connectCommand({
      client,
      connection: args.connection,
      words: wordsAfterDashes(this.argv) ?? argv.slice(1).map(String),
      flags,
      ssh: ownSshTools(context, flags),
      until: () => this.ending(),
      writeTrust: async (file, text) => {
        const { writeKnownHosts } = await import('../src/config/client-ssh-files.ts');
        await writeKnownHosts(file, text);
      },
      refuse: async (protocol, stream, refusal) => {
        const { refuseClient } = await import('../src/gateway/refuse-client.ts');
        await refuseClient(protocol, stream, refusal);
      },
      print: (text) => this.log(text),
      say: context.stderr,
    });
    if (exitCode !== 0) this.exit(exitCode);
  }
}
