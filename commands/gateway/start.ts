import { string } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export default class GatewayStart extends HoopxCommand {
  static override summary = 'run the gateway';

  static override description = [
    'SIGHUP reads the configuration again: new sessions use it, open ones stay as they are, and',
    'a faulty file changes nothing. SIGTERM and SIGINT let what runs finish; a second one does',
    'not wait.',
  ].join(' ');

  static override examples = [
    '<%= config.bin %> gateway start --config hoopx.gateway.yaml',
    '<%= config.bin %> gateway start --log-level debug',
  ];

  static override flags = {
    config: string({
      description: 'the configuration; hoopx.gateway.yaml here unless given',
      helpValue: 'FILE',
      env: 'HOOPX_GATEWAY_CONFIG',
    }),
    'log-level': string({
      description: 'how much to log, on stderr',
      options: levels,
      default: 'info',
      env: 'HOOPX_LOG_LEVEL',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(GatewayStart);
    const { runGateway } = await import('../../src/gateway/run.ts');
    const outcome = await runGateway({
      config: flags.config,
      level: levels.find((level) => level === flags['log-level']) ?? 'info',
      version: this.config.version,
      signals: process,
      stderr: process.stderr,
    });
    // Whatever still holds the process open is not to be waited for.
    this.exit(outcome === 'finished' ? 0 : 1);
  }
}
