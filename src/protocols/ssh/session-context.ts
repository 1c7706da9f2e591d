import type { HeldRequest } from '../../core/request.ts';
import type { SessionGrant } from '../adapter.ts';
import type { ExecReadings } from './exec-readings.ts';
import type { Lendings } from './lending/lendings.ts';
import type { SshLimits } from './limits.ts';
import type { SshTarget } from './target.ts';
import type { UpstreamConnection } from './upstream.ts';

/** What everything in one client's connection shares. */
export interface SessionContext {
  readonly grant: SessionGrant<SshTarget>;
  readonly upstream: UpstreamConnection;
  readonly limits: SshLimits;
  /** The client is one that tells its user itself what is held and refused. */
  readonly quiet: boolean;
  readonly readings: ExecReadings;
  /** What the client lends to the server's programs. */
  readonly lendings: Lendings;
  /** Aborted with the reason when the session ends. */
  readonly over: AbortSignal;
  /** True the first time only: nothing has been asked for in this session before. */
  readonly first: () => boolean;
  /** Something has begun to run at the server; to be called once when it has ended. */
  readonly running: () => () => void;
  /** Keeps what a channel does; a failure of ours ends the session. */
  readonly track: (work: Promise<void>) => Promise<void>;
  /** Tells that a forwarding is held, in whatever channel people look at: it has none itself. */
  readonly announce: (request: HeldRequest) => void;
}
