import { string as stringArg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';
import { wordsAfterDashes } from '../src/cli/words-after-dashes.ts';

export default class Connect extends HoopxCommand {
  static override summary = 'open a local port to a connection, or run a command with it';

  static override description = [
    'Without a command it prints how to use the port, and stays until Ctrl-C. With one, it runs',
    'it with PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLMODE and HOOPX_URL set, and ends with its',
    'exit code. Clients need no password. What is held, and what comes of it, is told on stderr.',
  ].join(' ');

  static override usage =
    'connect CONNECTION [--port PORT | --socket] [--reason TEXT] [-- COMMAND…]';

  static override examples = [
    '<%= config.bin %> connect pg-prod',
    "<%= config.bin %> connect pg-prod -- psql -c 'select 1'",
    '<%= config.bin %> connect pg-prod --port 5433',
    '<%= config.bin %> connect pg-prod --socket',
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
      exclusive: ['socket'],
    }),
    socket: boolean({
      description: 'a Unix socket that only you can open, instead of a port',
      env: 'HOOPX_SOCKET',
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
    const [{ connect }, { createNarrator, speaksForItself }, client] = await Promise.all([
      import('../src/tunnel/connect.ts'),
      import('../src/tunnel/narrate.ts'),
      context.control(),
    ]);
    const [file, ...rest] = wordsAfterDashes(this.argv) ?? argv.slice(1).map(String);
    const exitCode = await connect({
      client,
      connection: args.connection,
      reason: flags.reason ?? null,
      listen: flags.socket ? { kind: 'socket' } : { kind: 'port', port: flags.port ?? 0 },
      command: file === undefined ? null : [file, ...rest],
      until: file === undefined ? this.stop() : new AbortController().signal,
      refuse: async (protocol, stream, refusal) => {
        const { refuseClient } = await import('../src/gateway/refuse-client.ts');
        await refuseClient(protocol, stream, refusal);
      },
      onEvent:
        file !== undefined && speaksForItself(file)
          ? undefined
          : createNarrator(client, context.stderr),
      onReady: (ready) => {
        if (flags.json) return this.printJson(ready);
        context.stderr(`${ready.connection} is open until Ctrl-C. Use it with one of:`);
        this.log(`${ready.command}\n${ready.url}`);
      },
      say: context.stderr,
    });
    if (exitCode !== 0) this.exit(exitCode);
  }

  /** Ending a tunnel is not an interruption: it is how it ends. */
  private stop(): AbortSignal {
    const controller = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => controller.abort());
    }
    return controller.signal;
  }
}
