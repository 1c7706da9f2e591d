import { EventEmitter, on } from 'node:events';
import type { DecideRequest, RequestStreamEvent, RequestView } from '../../src/control/contract.ts';
import type { ReviewerApi } from '../../src/tui/reviewer-api.ts';

export interface MemoryApi extends ReviewerApi {
  readonly decisions: readonly { readonly id: string; readonly decision: DecideRequest }[];
  put(request: RequestView): void;
}

/** Requests in memory, for looking at the screen: it decides nothing and checks nothing. */
export function memoryApi(start: readonly RequestView[]): MemoryApi {
  const requests = new Map(start.map((request) => [request.id, request]));
  const decisions: { id: string; decision: DecideRequest }[] = [];
  const changes = new EventEmitter();

  function found(id: string): RequestView {
    const request = requests.get(id);
    if (request === undefined) throw new Error(`no request ${id}`);
    return request;
  }

  function put(request: RequestView): void {
    requests.set(request.id, request);
    const event: RequestStreamEvent = { type: 'request', request };
    changes.emit('event', event);
  }

  async function* requestEvents({
    signal,
    onConnected,
  }: Parameters<ReviewerApi['requestEvents']>[0]) {
    onConnected?.();
    const waiting = [...requests.values()].filter(({ state }) => state === 'pending');
    const later = on(changes, 'event', { signal });
    for (const request of waiting) yield { type: 'request' as const, request };
    yield { type: 'synced' as const, pending: waiting.map(({ id }) => id) };
    try {
      for await (const [event] of later) yield event as RequestStreamEvent;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  return {
    decisions,
    put,
    request: async (id) => found(id),
    async decide(id, decision) {
      const before = found(id);
      decisions.push({ id, decision });
      const states = { approve: 'approved', deny: 'denied', request_changes: 'changes_requested' };
      const state = states[decision.kind] as RequestView['state'];
      const after = { ...before, version: before.version + 1, state, awaiting: [] };
      put(after);
      return after;
    },
    requestEvents,
  };
}
