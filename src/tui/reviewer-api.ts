import type { DecideRequest, RequestStreamEvent, RequestView } from '../control/contract.ts';

export interface FeedOptions {
  /** Ends the iteration quietly. */
  readonly signal: AbortSignal;
  readonly onInterrupted?: (error: unknown) => void;
  readonly onConnected?: () => void;
}

/** What a reviewer's terminal needs of the gateway; the control client is one. */
export interface ReviewerApi {
  request(id: string): Promise<RequestView>;
  decide(id: string, decision: DecideRequest): Promise<RequestView>;
  /** Never ends by itself; reconnects, and is `synced` anew each time. */
  requestEvents(options: FeedOptions): AsyncIterable<RequestStreamEvent>;
}
