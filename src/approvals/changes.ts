import type { HeldRequest } from '../core/request.ts';
import type { ApprovalLog } from './approval-log.ts';

export type ChangeListener = (request: HeldRequest) => void;

/** Tells of each change of a request, right after it was stored. */
export interface Changes {
  publish(request: HeldRequest): void;
  subscribe(listener: ChangeListener): () => void;
}

export function createChanges(log: ApprovalLog): Changes {
  const listeners = new Set<ChangeListener>();
  return {
    publish(request) {
      for (const listener of [...listeners]) {
        try {
          listener(request);
        } catch (error) {
          log.error({ err: error, request: request.id }, 'a listener failed on a change');
        }
      }
    },
    subscribe(listener) {
      // A listener of its own for each call, so that subscribing twice hears twice.
      const own: ChangeListener = (request) => listener(request);
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}
