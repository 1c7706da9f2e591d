import { each, type Judge } from './call.ts';
import { riskyOption } from './options.ts';

const containers: ReadonlySet<string> = new Set([
  ...[
    'ps',
    'images',
    'logs',
    'inspect',
    'version',
    'info',
    'stats',
    'top',
    'port',
    'stop',
    'start',
  ],
  ...['restart', 'kill', 'rm', 'rmi', 'pause', 'unpause', 'pull', 'push', 'tag', 'diff', 'history'],
]);

const clusters: ReadonlySet<string> = new Set([
  ...['get', 'describe', 'logs', 'top', 'version', 'api-resources', 'api-versions', 'explain'],
  ...['cluster-info', 'events', 'delete', 'scale', 'cordon', 'uncordon', 'drain', 'label'],
  ...['annotate', 'rollout', 'wait'],
]);

/** Only where the first word is a sub-command that runs nothing within a container. */
function only(
  harmless: ReadonlySet<string>,
  risky: readonly string[],
  risks: readonly string[],
): Judge {
  return (call) => {
    const [first, ...rest] = call.args;
    if (first === undefined) return;
    if (!harmless.has(first.exact ?? '')) {
      call.out.opaque(`${call.name} ${first.text} may run something elsewhere`);
    } else if (riskyOption(rest, { long: risky }) !== null) {
      call.out.opaque(`${call.name} is given ${risks.join(' or ')}`);
    }
  };
}

const systemctl: Judge = (call) => {
  const words = call.args.map((word) => word.exact);
  const option = riskyOption(call.args, {
    short: 'HM',
    long: ['host', 'machine', 'root', 'image'],
  });
  if (option !== null || words.includes('edit')) {
    call.out.opaque(`${call.name} ${option ?? 'edit'} runs something elsewhere, or an editor`);
  }
};

/** Words of ip may be cut short: `ip netns e …` is `exec`. */
const ip: Judge = (call) => {
  const risky = call.args.some(
    ({ exact }) => exact === null || /^(e|ex|exe|exec|-b.*)$/.test(exact),
  );
  if (risky) call.out.opaque(`${call.name} may start other commands`);
};

/** Programs of which some sub-commands start others. */
export const subcommands: readonly [string, Judge][] = [
  ...each(['docker', 'podman', 'nerdctl', 'crictl'], only(containers, [], [])),
  ...each(
    ['kubectl', 'oc', 'k3s', 'microk8s'],
    only(clusters, ['kubeconfig', 'cluster', 'server'], ['--kubeconfig']),
  ),
  ['systemctl', systemctl],
  ['ip', ip],
];
