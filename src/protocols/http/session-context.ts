import type { Facts } from '../../core/facts.ts';
import type { SessionGrant } from '../adapter.ts';
import type { HttpDialect } from './dialect.ts';
import type { HttpLimits } from './limits.ts';
import type { HttpTarget } from './target.ts';
import type { Upstream } from './upstream.ts';

/** What all requests of one session share. */
export interface SessionContext<OfOne extends Facts> {
  readonly grant: SessionGrant<HttpTarget>;
  readonly dialect: HttpDialect<OfOne>;
  readonly upstream: Upstream;
  readonly limits: HttpLimits;
  /** Aborted with the reason when the session ends. */
  readonly over: AbortSignal;
}
