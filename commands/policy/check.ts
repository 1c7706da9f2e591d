import { string } from '@oclif/core/args';
import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class PolicyCheck extends HoopxCommand {
  static override summary = "check a gateway's configuration and rules, without its secrets";

  static override description = `Every problem is named with file, line, column and key. Exit
codes: 0 the gateway would accept it; 78 it would not.`;

  static override examples = [
    '<%= config.bin %> policy check hoopx.gateway.yaml',
    '<%= config.bin %> policy check hoopx.gateway.yaml --json',
  ];

  static override args = {
    file: string({ description: 'the configuration; hoopx.gateway.yaml here unless given' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PolicyCheck);
    const { checkPolicyFile } = await import('../../src/gateway/policy-tools.ts');
    const checked = await checkPolicyFile(args.file);
    if (flags.json) return this.printJson(checked);
    const { checkedFileText } = await import('../../src/gateway/check-text.ts');
    this.log(checkedFileText(checked));
  }
}
