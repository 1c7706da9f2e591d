import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class AuditProve extends HoopxCommand {
  static override summary = "print the proof that a request's records are in the audit log";

  static override description = `A third party checks it with "audit verify --bundle", without the
rest of the log.`;

  static override examples = ['<%= config.bin %> audit prove req_7Hd2 > proof.json'];

  static override args = {
    request: stringArg({ description: 'the request', required: true }),
    folder: stringArg({ description: "the log's files; those of the configuration unless given" }),
  };

  static override flags = {
    config: string({ description: 'configuration that says where they are', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditProve);
    const { proveRequest } = await import('../../src/gateway/audit-tools.ts');
    const ask = { folder: args.folder ?? null, config: flags.config };
    this.printJson(await proveRequest(args.request, ask));
  }
}
