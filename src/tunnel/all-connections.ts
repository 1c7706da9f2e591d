import type { ControlClient } from '../control/client.ts';
import type { ConnectionView } from '../control/contract.ts';

/** Those that the login may use, by name, from however many pages. */
export async function allConnections(
  client: Pick<ControlClient, 'listConnections'>,
): Promise<readonly ConnectionView[]> {
  const found: ConnectionView[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await client.listConnections({
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}
