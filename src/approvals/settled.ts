import type { HeldRequest } from '../core/request.ts';
import type { Changes } from './changes.ts';
import type { RequestStore } from './request-store.ts';

/**
 * Waits until a request is no longer pending. It listens before it looks, so a decision
 * between the two is not missed.
 */
export function createSettled(store: RequestStore, changes: Changes) {
  const waiters = new Map<string, Set<(request: HeldRequest) => void>>();
  changes.subscribe((request) => {
    if (request.state === 'pending') return;
    for (const resolve of waiters.get(request.id) ?? []) resolve(request);
  });

  function join(id: string, resolve: (request: HeldRequest) => void): () => void {
    const group = waiters.get(id) ?? new Set();
    waiters.set(id, group.add(resolve));
    return () => {
      group.delete(resolve);
      if (group.size === 0 && waiters.get(id) === group) waiters.delete(id);
    };
  }

  return async function settled(id: string, signal: AbortSignal): Promise<HeldRequest> {
    signal.throwIfAborted();
    let leave = (): void => {};
    let abort = (): void => {};
    try {
      return await new Promise<HeldRequest>((resolve, reject) => {
        leave = join(id, resolve);
        abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
        store.get(id).then((request) => {
          if (request === null) reject(new Error(`there is no request ${id}`));
          else if (request.state !== 'pending') resolve(request);
        }, reject);
      });
    } finally {
      leave();
      signal.removeEventListener('abort', abort);
    }
  };
}
