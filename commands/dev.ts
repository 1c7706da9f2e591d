import path from 'node:path';
import { boolean, integer, string } from '@oclif/core/flags';
import { HoopxCommand } from '../src/cli/base-command.ts';

export default class Dev extends HoopxCommand {
  static override summary = 'try hoopx out: a gateway, a login provider and a PostgreSQL in one';

  static override description = `Everything runs on this machine, in one folder that is removed at
the end, and is reached over loopback alone: its accounts (engineer, reviewer, reviewer2, ci,
agent) have no passwords. Other commands find it by themselves while it runs. It stays until
Ctrl-C; --json prints {"gateway","issuer","postgres","dir"} in one line when all of it answers.`;

  static override examples = [
    '<%= config.bin %> dev',
    '<%= config.bin %> dev --tour',
    '<%= config.bin %> dev --dir ./demo --port 8443',
    '<%= config.bin %> dev --postgres postgres://app:secret@127.0.0.1:5432/scratch',
  ];

  static override flags = {
    port: integer({
      description: "the gateway's port, 0 for a free one; 7443 unless given",
      min: 0,
      max: 65_535,
      env: 'HOOPX_DEV_PORT',
    }),
    listen: string({
      description: 'where to listen: 127.0.0.1, ::1 or localhost',
      helpValue: 'HOST',
      default: '127.0.0.1',
      env: 'HOOPX_DEV_LISTEN',
    }),
    dir: string({
      description: 'keep everything in this folder, and use what an earlier demo left there',
      helpValue: 'FOLDER',
      env: 'HOOPX_DEV_DIR',
    }),
    postgres: string({
      description:
        'use this database instead of a PostgreSQL of its own; its sample tables go again',
      helpValue: 'URL',
      env: 'HOOPX_DEV_POSTGRES',
    }),
    tour: boolean({ description: 'play the tour first: a minute', env: 'HOOPX_DEV_TOUR' }),
    'tour-only': boolean({
      description: 'end after the tour; 0 only if every step of it really happened',
      env: 'HOOPX_DEV_TOUR_ONLY',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Dev);
    const [{ runDev }, { cardText }] = await Promise.all([
      import('../src/demo/run-dev.ts'),
      import('../src/tui/card-text.ts'),
    ]);
    const script = path.basename(process.argv[1] ?? '') === 'dev.js' ? 'dev.js' : 'run.js';
    const exitCode = await runDev({
      listen: flags.listen,
      port: flags.port ?? null,
      dir: flags.dir ?? null,
      postgres: flags.postgres ?? null,
      tour: flags['tour-only'] ? 'only' : flags.tour ? 'first' : 'none',
      json: flags.json,
      version: this.config.version,
      program: { script: path.join(this.config.root, 'bin', script) },
      environment: this.environment(),
      stdout: process.stdout,
      stderr: process.stderr,
      card: (request, columns) => cardText(request, { columns, now: Date.now() }),
      stop: this.ending(),
    });
    // Whatever still holds the process open is not to be waited for.
    this.exit(exitCode);
  }
}
