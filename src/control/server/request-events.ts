import { maySee, type RequestPage } from '../../approvals/listing.ts';
import type { Principal } from '../../core/principal.ts';
import type { HeldRequest } from '../../core/request.ts';
import type { RequestStreamEvent } from '../contract.ts';
import type { EventSink } from './events.ts';
import type { RequestDesk } from './ports.ts';
import type { Call } from './route.ts';
import { requestView } from './views.ts';

const pageSize = 50;

/**
 * Every change that the caller may see, from the moment of subscribing; then what was pending
 * already, then `synced`. Listening comes before reading, so nothing falls between the two.
 */
export async function followRequests(call: Call, open: () => EventSink): Promise<void> {
  const { requests } = call.ports;
  const viewer = call.caller.principal;
  const sink = open();
  /** Newest version told of each, until all that was pending is told. */
  const told = new Map<string, HeldRequest>();
  let synced = false;

  const unsubscribe = requests.subscribe(tell);
  sink.signal.addEventListener('abort', unsubscribe, { once: true });

  function tell(request: HeldRequest): void {
    if (!maySee(request, viewer)) return;
    if (!synced) told.set(request.id, request);
    const event: RequestStreamEvent = {
      type: 'request',
      request: requestView(request, viewer, requests),
    };
    sink.send(event);
  }

  for await (const request of pendingOf(requests, viewer, sink.signal)) {
    // What was read may be older than what the listener has told meanwhile.
    const newest = told.get(request.id)?.version ?? -1;
    if (newest < request.version) tell(request);
    await sink.flushed();
  }
  synced = true;
  const pending = [...told.values()].filter(({ state }) => state === 'pending');
  const event: RequestStreamEvent = { type: 'synced', pending: pending.map(({ id }) => id) };
  sink.send(event);
  told.clear();
}

async function* pendingOf(
  requests: RequestDesk,
  visibleTo: Principal,
  signal: AbortSignal,
): AsyncGenerator<HeldRequest> {
  let cursor: string | null = null;
  do {
    const filter = { states: ['pending'], visibleTo } as const;
    const page: RequestPage = await requests.list(filter, cursor, pageSize);
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null && !signal.aborted);
}
