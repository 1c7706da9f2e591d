import { HoopxCommand } from '../../src/cli/base-command.ts';
import { gatewayConfigFlag } from '../../src/cli/gateway-config-flag.ts';

export default class GatewayCheck extends HoopxCommand {
  static override summary = "check a gateway's configuration as its start would, secrets included";

  static override description = `Reads what env:, file: and exec: refer to, and tries certificates
and keys. Connects to nothing. Exit codes: 0 the gateway would start with it; 78 it would not.`;

  static override examples = [
    '<%= config.bin %> gateway check --config hoopx.gateway.yaml',
    '<%= config.bin %> gateway check --json',
  ];

  static override flags = { config: gatewayConfigFlag() };

  async run(): Promise<void> {
    const { flags } = await this.parse(GatewayCheck);
    const { checkGatewayFile } = await import('../../src/gateway/policy-tools.ts');
    const checked = await checkGatewayFile(flags.config);
    if (flags.json) return this.printJson(checked);
    const { checkedGatewayText } = await import('../../src/gateway/check-text.ts');
    this.log(checkedGatewayText(checked));
  }
}
