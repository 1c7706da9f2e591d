import type { Caller } from '../control/server/ports.ts';
import type { Clock } from '../core/clock.ts';
import { type Principal, principalKey } from '../core/principal.ts';

/** Who reads recordings now: nobody reads on for longer than their login lasts. */
export interface Readings {
  /** Aborted once the reader has left, has logged out, or their token has expired. */
  begin(caller: Caller, left: AbortSignal): AbortSignal;
  endAllOf(principal: Principal): void;
}

/** Node's timers take no more milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

export function createReadings(clock: Clock): Readings {
  const open = new Map<string, Set<AbortController>>();

  return {
    begin({ principal, tokenExpiresAt }, left) {
      const key = principalKey(principal);
      const loggedOut = new AbortController();
      const others = open.get(key) ?? new Set();
      open.set(key, others.add(loggedOut));
      const life = Math.min(Math.max(0, tokenExpiresAt - clock()), longestTimerMs);
      const over = AbortSignal.any([left, loggedOut.signal, AbortSignal.timeout(life)]);
      const forget = () => {
        others.delete(loggedOut);
        if (others.size === 0 && open.get(key) === others) open.delete(key);
      };
      if (over.aborted) forget();
      else over.addEventListener('abort', forget, { once: true });
      return over;
    },
    endAllOf(principal) {
      for (const reading of open.get(principalKey(principal)) ?? []) reading.abort();
    },
  };
}
