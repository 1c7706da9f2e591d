import type { Eventual } from '../../core/eventual.ts';
import type { ResultMasks } from './masking/result-masks.ts';
import type { RunSlot, TargetError } from './runs.ts';
import type { TransactionStatus } from './wire/backend/ready-for-query.ts';

/** What the server owes for one message that was forwarded, in the order sent. */
export type Expectation =
  | {
      readonly kind: 'query';
      readonly operation: RunSlot;
      readonly masks: ResultMasks | null;
      readonly completed: (tag: string) => void;
    }
  /**
   * `own`: ours and not the client's, so its answer stays here. `operation`: whose answer its error
   * is; of a Parse that of the first Bind behind it.
   */
  | {
      readonly kind: 'parse' | 'bind' | 'close';
      readonly own?: true;
      readonly operation: RunSlot | null;
      confirmed(): void;
    }
  /**
   * `masks` for a portal; `operation` is without a number for a statement. `own`: ours and not the
   * client's, so its answer stays here.
   */
  | {
      readonly kind: 'describe';
      readonly operation: RunSlot | null;
      readonly masks: ResultMasks | null;
      readonly own: boolean;
    }
  | {
      readonly kind: 'execute';
      /** Without a run for a cursor, whose operation was its DECLARE. */
      readonly operation: RunSlot;
      readonly masks: ResultMasks | null;
      readonly completed: (tag: string) => void;
    }
  /**
   * `own`: ours and not the client's, so its ReadyForQuery stays here, unless it is the answer to a
   * Query that was skipped for an error before it.
   */
  | { readonly kind: 'sync'; readonly own?: true }
  /**
   * A message that the server must refuse. Its error is swapped for `error`, or goes through
   * where that is null. `decided`: an operation was refused, and that is taken down.
   */
  | {
      readonly kind: 'refused';
      readonly error: Buffer | null;
      readonly simple: boolean;
      readonly decided: boolean;
    };

export const describeOwed: Expectation = {
  ...{ kind: 'describe', operation: null, masks: null, own: false },
};
export const syncOwed: Expectation = { kind: 'sync' };

/** What to do with a message from the server. */
export type Reply =
  | { readonly kind: 'pass' }
  | { readonly kind: 'swap'; readonly bytes: Buffer }
  /** ReadyForQuery: settle the runs with `settle`, then pass it on. */
  | { readonly kind: 'ready'; readonly settle: () => Eventual<void> }
  | { readonly kind: 'violation'; readonly message: string };

export interface ServerMessage {
  readonly type: number;
  readonly tag?: string | undefined;
  readonly status?: TransactionStatus | undefined;
  readonly error?: TargetError | undefined;
  /** The server ends the session with it. */
  readonly last?: boolean | undefined;
}
