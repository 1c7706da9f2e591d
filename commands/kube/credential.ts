import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class KubeCredential extends HoopxCommand {
  static override summary = 'print the token of your login, for kubectl to show to the gateway';

  static override description =
    `For kubectl to run, as its exec credential plugin; hoopx kube config writes it down. It
prints an ExecCredential (client.authentication.k8s.io/v1), renewed if it is time. It never
asks for anything: a login that is missing or has expired ends it with 4, and stderr says
what to run.`;

  static override examples = [
    '<%= config.bin %> kube credential',
    '<%= config.bin %> kube credential --profile staging',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(KubeCredential);
    const { tokens } = await this.context(flags);
    const { execCredential } = await import('../../src/cli/exec-credential.ts');
    this.printJson(execCredential(await tokens.current()));
  }
}
