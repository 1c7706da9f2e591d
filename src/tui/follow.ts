import type { Clock } from '../core/clock.ts';
import { messageOf } from './perform.ts';
import type { ReviewerApi } from './reviewer-api.ts';
import type { Event } from './state.ts';

export interface FollowOptions {
  readonly api: Pick<ReviewerApi, 'requestEvents'>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly dispatch: (event: Event) => void;
}

/** Feeds the gateway's events to the screen. Rejects when the gateway refuses for good. */
export async function follow({ api, signal, clock, dispatch }: FollowOptions): Promise<void> {
  const events = api.requestEvents({
    signal,
    onConnected: () => dispatch({ type: 'connected', at: clock() }),
    onInterrupted: (error) =>
      dispatch({ type: 'interrupted', at: clock(), message: messageOf(error) }),
  });
  for await (const event of events) dispatch({ type: 'feed', at: clock(), event });
}
