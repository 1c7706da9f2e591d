import { usage } from './exec-flags.ts';

/** Global options of kubectl that say where it connects to, and as whom. */
const ownPlace: ReadonlySet<string> = new Set([
  ...['--kubeconfig', '--context', '--cluster', '--server', '-s', '--user', '--token'],
  ...['--username', '--password', '--client-certificate', '--client-key'],
  ...['--certificate-authority', '--insecure-skip-tls-verify', '--tls-server-name'],
]);

/**
 * The arguments for kubectl; the name of the program itself may stand before them.
 * @throws UserError for none, and for options that lead past the gate
 */
export function kubectlWords(words: readonly string[]): readonly string[] {
  const args = words[0] === 'kubectl' ? words.slice(1) : words;
  if (args.length === 0) {
    throw usage('say what kubectl shall do', { hint: 'As in: -- get pods -n prod' });
  }
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  const elsewhere = options.map((word) => word.replace(/=.*/s, '')).find((n) => ownPlace.has(n));
  if (elsewhere !== undefined) {
    throw usage(`${elsewhere} would lead kubectl past the gate`, {
      hint: 'Leave it out: where to connect to, and as whom, is what the connection says.',
    });
  }
  return args;
}
