import type { EventEmitter } from 'node:events';

/**
 * Resolves at the first of `events`; rejects with the signal's reason when that comes first.
 * Leaves no listener behind.
 */
export function awaitEvent(
  emitter: EventEmitter,
  events: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const forget = () => {
      for (const event of events) emitter.off(event, arrived);
      signal?.removeEventListener('abort', aborted);
    };
    const arrived = () => {
      forget();
      resolve();
    };
    const aborted = () => {
      forget();
      reject(signal?.reason);
    };
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    for (const event of events) emitter.on(event, arrived);
    signal?.addEventListener('abort', aborted);
  });
}
