import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import type { Execution } from './execution.ts';

const stopWithinMs = 10_000;
const stopAgainMs = 250;

/**
 * For protocols that have no word for giving up what is held: the gateway's API is told, and what
 * runs already is interrupted. Until the gateway has said which of the two it is, neither can be
 * done.
 */
export async function stopOperation(
  { client, tunnelId }: Execution,
  answer: Promise<Answer>,
  interrupt: () => Promise<Answer | null>,
): Promise<Answer | null> {
  const patience = AbortSignal.timeout(stopWithinMs);
  while (!patience.aborted) {
    const operation = await client.tunnel(tunnelId).then(
      ({ operations }) => operations.at(-1) ?? null,
      () => null,
    );
    if (operation?.decided === true && operation.refusal === null) return interrupt();
    if (operation?.requestId != null && !operation.decided) {
      await client.cancelRequest(operation.requestId).catch(() => {});
    }
    const came = await within(stopAgainMs, answer);
    if (came !== null) return came;
  }
  return null;
}

export function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | null> {
  return Promise.race([promise, delay(milliseconds, null, { ref: false })]);
}
