import type { ClientExchange } from './client-exchange.ts';
import type { Answer } from './faults.ts';
import type { HttpLimits } from './limits.ts';
import type { RequestError } from './wire/request-error.ts';

export interface ConnectionOptions {
  readonly limits: HttpLimits;
  /** Answers one request. Never called for a client that has left already. */
  readonly handle: (exchange: ClientExchange) => Promise<void>;
  /** For what cannot be read as a request. */
  readonly notTaken: (error: RequestError) => Answer;
  /** Told of what `handle` threw: our own faults. */
  readonly failed: (error: unknown) => void;
}

/** One client stream, in the version of HTTP that its client speaks. */
export interface ClientConnection {
  /** Takes nothing new, and ends once what it has is answered. */
  drain(): void;
  /** Resolves once every request that was taken has been dealt with. */
  done(): Promise<unknown>;
}
