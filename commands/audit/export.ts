import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { timeFlag, timeWords } from '../../src/cli/time-flag.ts';

const formats = ['jsonl', 'cef', 'ocsf'] as const;

export default class AuditExport extends HoopxCommand {
  static override summary = 'print the audit log for another system, a record a line';

  static override description = timeWords;

  static override examples = [
    '<%= config.bin %> audit export /var/lib/hoopx/hoopx.db-audit',
    '<%= config.bin %> audit export --format cef --since 2026-01-31',
  ];

  static override args = {
    folder: stringArg({ description: "the log's files; those of the configuration unless given" }),
  };

  static override flags = {
    config: string({ description: 'configuration that says where they are', helpValue: 'FILE' }),
    format: string({
      description: 'jsonl: as they are; cef: ArcSight; ocsf: Open Cybersecurity Schema Framework',
      options: formats,
      default: 'jsonl',
    }),
    since: timeFlag({ description: 'only records from then on' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditExport);
    const { exportAudit } = await import('../../src/gateway/audit-tools.ts');
    const format = formats.find((each) => each === flags.format) ?? 'jsonl';
    const ask = { folder: args.folder ?? null, config: flags.config, since: flags.since ?? null };
    const lines = await exportAudit({ ...ask, format }, this.config.version);
    for await (const line of lines) this.log(line);
  }
}
