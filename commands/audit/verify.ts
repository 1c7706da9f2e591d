import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { timeFlag, timeWords } from '../../src/cli/time-flag.ts';

export default class AuditVerify extends HoopxCommand {
  static override summary = "check a gateway's audit log, offline, from its files and public keys";

  static override description = `Exit codes: 0 verified; 1 tampered, naming the first bad record; 2
intact, but nothing that was kept elsewhere was given to compare it with; 3 something is missing.
With --recordings the same of recordings: 1 one was changed or added, 3 one is missing.
${timeWords}`;

  static override examples = [
    '<%= config.bin %> audit verify /var/lib/hoopx/hoopx.db-audit --anchor anchors.jsonl',
    '<%= config.bin %> audit verify --config hoopx.gateway.yaml --json',
    '<%= config.bin %> audit verify AUDIT-FOLDER --recordings /var/lib/hoopx/recordings',
  ];

  static override args = {
    folder: stringArg({ description: "the log's files; those of the configuration unless given" }),
  };

  static override flags = {
    config: string({ description: 'configuration that says where they are', helpValue: 'FILE' }),
    bundle: string({
      description: 'check what `audit prove` made, instead of a folder',
      helpValue: 'FILE',
      exclusive: ['config', 'since', 'recordings'],
    }),
    anchor: string({
      description: 'checkpoints that were kept elsewhere, a file or folder; may be repeated',
      helpValue: 'PATH',
      multiple: true,
    }),
    key: string({
      description: "the log's public key, or a file with it; else the one beside the log",
      helpValue: 'KEY',
    }),
    'reviewer-keys': string({
      description: "reviewers' public keys, learned elsewhere: only these count",
      helpValue: 'FILE',
    }),
    since: timeFlag({
      description: 'begin with the newest checkpoint before; says what that leaves open',
    }),
    recordings: string({
      description: 'folder of the recordings, to hold them against what the log says of them',
      helpValue: 'DIR',
      exclusive: ['since'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditVerify);
    const { verifyAudit, verifyBundle } = await import('../../src/gateway/audit-tools.ts');
    const ask = {
      folder: args.folder ?? null,
      config: flags.config,
      key: flags.key ?? null,
      anchors: flags.anchor ?? [],
      reviewerKeys: flags['reviewer-keys'] ?? null,
      since: flags.since ?? null,
      recordings: flags.recordings ?? null,
    };
    const verification = await (flags.bundle === undefined
      ? verifyAudit(ask)
      : verifyBundle(flags.bundle, ask));
    const { verificationExit, verificationText } = await import(
      '../../src/gateway/verification-text.ts'
    );
    if (flags.json) this.printJson(verification);
    else this.log(verificationText(verification));
    this.exit(verificationExit[verification.verdict]);
  }
}
