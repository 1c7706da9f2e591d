import type { ControlClient } from '../control/client.ts';
import type { ConnectionView } from '../control/contract.ts';
import { safeLine } from '../core/safe-text.ts';
import { usage } from './exec-flags.ts';

/** `label=value` of `--on`, all of which a connection must have. */
export type Labels = readonly (readonly [label: string, value: string])[];

export function parseLabels(texts: readonly string[]): Labels {
  return texts.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw usage(`--on takes label=value, not ${text}`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
}

/**
 * Names of the SSH connections with these labels, in order.
 * @throws UserError when there is none, with the labels that there are
 */
export async function connectionsWith(
  client: ControlClient,
  labels: Labels,
): Promise<readonly string[]> {
  const remote = (await allConnections(client)).filter(({ type }) => type === 'ssh');
  const names = remote
    .filter((each) => labels.every(([label, value]) => each.labels[label] === value))
    .map(({ name }) => name)
    .sort();
  if (names.length > 0) return names;
  const wanted = labels.map((label) => label.join('=')).join(', ');
  throw usage(`no SSH connection of yours is labelled ${wanted}`, { hint: labelsOf(remote) });
}

async function allConnections(client: ControlClient): Promise<readonly ConnectionView[]> {
  const all: ConnectionView[] = [];
  let cursor: string | null = null;
  do {
    const page = await client.listConnections(cursor === null ? {} : { cursor });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

function labelsOf(connections: readonly ConnectionView[]): string {
  const all = new Set(
    connections.flatMap(({ labels }) => Object.entries(labels).map((each) => each.join('='))),
  );
  if (all.size === 0) return 'You have no SSH connections with labels.';
  const list = [...all].sort().map((label) => safeLine(label));
  return `There are: ${list.join(', ')}.`;
}
