import { string as stringArg } from '@oclif/core/args';
import { HoopxCommand } from '../../src/cli/base-command.ts';

export default class KubeConfig extends HoopxCommand {
  static override summary = 'print a kubeconfig with which plain kubectl goes through the gateway';

  static override description =
    `One context for each Kubernetes connection that you may use, or for those named. kubectl
then needs no hoopx connect beside it: it asks hoopx kube credential for the token of your
login, and shows that to the gateway. No file is written, and yours is not touched. Run it
again when you may use other connections, or when Node or hoopx have moved.

Nothing tells what is held while it waits: look with hoopx requests list --mine.`;

  static override usage = 'kube config [CONNECTION…]';

  static override examples = [
    '<%= config.bin %> kube config > ~/.kube/hoopx',
    'export KUBECONFIG=~/.kube/config:~/.kube/hoopx && kubectl --context hoopx-k8s-prod get pods',
    '<%= config.bin %> kube config k8s-prod',
  ];

  static override args = {
    connection: stringArg({ ignoreStdin: true, description: 'names of connections' }),
  };

  static override strict = false;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(KubeConfig);
    const context = await this.context(flags);
    const [{ kubeConfigCommand }, { ownCommand }, client] = await Promise.all([
      import('../../src/tunnel/kube-config-command.ts'),
      import('../../src/cli/own-command.ts'),
      context.control(),
    ]);
    await kubeConfigCommand({
      client,
      names: argv.map(String),
      ca: context.ca,
      plugin: ownCommand(context, flags, ['kube', 'credential']),
      print: (text) => this.log(text),
      say: context.stderr,
    });
  }
}
