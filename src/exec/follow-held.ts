import type { ControlClient } from '../control/client.ts';
import type { RequestView } from '../control/contract.ts';

/** Tells of each decision on one request while somebody waits for it. Ends quietly. */
export async function followHeld(
  client: ControlClient,
  id: string,
  signal: AbortSignal,
  onDecision: (request: RequestView) => void,
): Promise<void> {
  let told = 0;
  try {
    for await (const event of client.requestEvents({ signal })) {
      if (event.type !== 'request' || event.request.id !== id) continue;
      const { decisions } = event.request;
      if (decisions.length > told) onDecision(event.request);
      told = decisions.length;
    }
  } catch {
    // Only talk: the session itself learns what counts.
  }
}
