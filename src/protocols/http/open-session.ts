import { setMaxListeners } from 'node:events';
import type { Facts } from '../../core/facts.ts';
import type { SessionGrant } from '../adapter.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { HttpDialect } from './dialect.ts';
import type { HttpLimits } from './limits.ts';
import { HttpSession } from './session.ts';
import type { HttpTarget } from './target.ts';
import { createUpstream } from './upstream.ts';

/** One session of whoever its requests were found to come from. */
export interface OpenHttpSession {
  /** Resolves when the request has been dealt with. Rejects only for faults of ours. */
  answer(exchange: ClientExchange): Promise<void>;
  /** Once, when no request of it is left. */
  close(): void;
}

export function openHttpSession<OfOne extends Facts>(
  grant: SessionGrant<HttpTarget>,
  dialect: HttpDialect<OfOne>,
  limits: HttpLimits,
): OpenHttpSession {
  // Each request that is under way listens for the end.
  setMaxListeners(0, grant.signal);
  const upstream = createUpstream(grant.target, limits.maxHeaderBytes);
  const session = new HttpSession({ grant, dialect, upstream, limits, over: grant.signal });
  return {
    answer: (exchange) => session.answer(exchange),
    close() {
      upstream.close();
      grant.ended();
    },
  };
}
