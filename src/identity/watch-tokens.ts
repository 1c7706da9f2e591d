import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { UserError } from '../core/user-error.ts';
import type { TokenListener, TokenSource } from './token-source.ts';

/** How long a renewal, a logout or a changed file of another process may go unnoticed. */
const longestGlanceMs = 5_000;
const shortestGlanceMs = 200;

/**
 * Keeps a long-running command's token fresh: tells each new one, and once when there is no
 * further. Resolves then, or when the signal is aborted; throws only what is our defect.
 */
export async function watchTokens(
  source: TokenSource,
  listener: TokenListener,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  let last: string | null = null;
  while (!signal.aborted) {
    let glanceMs = longestGlanceMs;
    try {
      const token = await source.current();
      if (signal.aborted) return;
      if (token.token !== last) listener.token(token);
      last = token.token;
      glanceMs = Math.min(glanceMs, (token.expiresAt - clock()) / 4);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      listener.lost(error);
      return;
    }
    const pause = Math.max(glanceMs, shortestGlanceMs);
    await delay(pause, undefined, { signal, ref: false }).catch(() => {});
  }
}
