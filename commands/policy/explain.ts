import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { HoopxCommand } from '../../src/cli/base-command.ts';
import { gatewayConfigFlag } from '../../src/cli/gateway-config-flag.ts';

const kinds = ['human', 'ci', 'agent'] as const;

export default class PolicyExplain extends HoopxCommand {
  static override summary = 'show what the rules make of a statement: the verdict, and why';

  static override description = `Reads the statement as the gateway would, and says of every rule
whether it matches, and why. Nothing is run, and no gateway is needed.`;

  static override examples = [
    "<%= config.bin %> policy explain --connection pg-prod --user alice --group engineering 'delete from accounts'",
    "<%= config.bin %> policy explain --config rules.yaml --connection pg-prod --user bot --kind agent --json 'select 1'",
  ];

  static override args = {
    sql: stringArg({ required: true, description: 'the SQL' }),
  };

  static override flags = {
    config: gatewayConfigFlag(),
    connection: string({
      description: 'name of the connection',
      required: true,
      helpValue: 'NAME',
      env: 'HOOPX_EXPLAIN_CONNECTION',
    }),
    user: string({
      description: 'name of the principal, as rules see it',
      required: true,
      helpValue: 'NAME',
      env: 'HOOPX_EXPLAIN_USER',
    }),
    group: string({
      description: 'a group of the principal; may be repeated',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
      env: 'HOOPX_EXPLAIN_GROUP',
    }),
    kind: string({
      description: 'kind of the principal',
      options: kinds,
      default: 'human',
      env: 'HOOPX_EXPLAIN_KIND',
    }),
    person: string({
      description: 'the person that a CI job or agent belongs to; the user unless given',
      helpValue: 'NAME',
      env: 'HOOPX_EXPLAIN_PERSON',
    }),
    issuer: string({
      description: 'issuer of the principal, for rules that look at it',
      helpValue: 'URL',
      env: 'HOOPX_EXPLAIN_ISSUER',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PolicyExplain);
    const { explainInFile } = await import('../../src/gateway/policy-tools.ts');
    const { connection, user, person, issuer } = flags;
    const kind = kinds.find((word) => word === flags.kind) ?? 'human';
    const explanation = await explainInFile(flags.config, {
      connection,
      principal: { user, person, issuer, kind, groups: flags.group ?? [] },
      sql: args.sql,
    });
    if (flags.json) return this.printJson(explanation);
    const { explanationText } = await import('../../src/gateway/explanation-text.ts');
    this.log(explanationText(explanation));
  }
}
