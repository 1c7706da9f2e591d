import { string } from '@oclif/core/args';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { gatewayConfigFlag } from '../../src/cli/gateway-config-flag.ts';

export default class PolicyTest extends HoopxCommand {
  static override summary = 'run cases with expected verdicts against the rules';

  static override description = `CASES is YAML or JSON, with a list under cases:

{ cases: [ { name: an engineer reads, connection: pg-prod,
principal: { user: alice, groups: [engineering], kind: human },
sql: select * from accounts, expect: allow } ] }

expect may also be { verdict, rules, chains }.

Exit codes: 0 all as expected; 1 a verdict differs; 78 a file is not accepted.`;

  static override examples = [
    '<%= config.bin %> policy test cases.yaml --config hoopx.gateway.yaml',
    '<%= config.bin %> policy test cases.yaml --json',
  ];

  static override args = {
    cases: string({ required: true, description: 'file of cases' }),
  };

  static override flags = { config: gatewayConfigFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PolicyTest);
    const { testInFile } = await import('../../src/gateway/policy-tools.ts');
    const results = await testInFile(flags.config, args.cases);
    const passed = results.every((result) => result.passed);
    if (flags.json) this.printJson({ passed, cases: results });
    else {
      const { caseResultsText } = await import('../../src/gateway/check-text.ts');
      this.log(caseResultsText(results));
    }
    if (!passed) this.exit(1);
  }
}
