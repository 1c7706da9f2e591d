import { randomBytes } from 'node:crypto';
import type { Permit } from '../../core/gate.ts';
import type { SqlDecidable } from '../../core/operation.ts';
import type { Refusal } from '../../core/refusal.ts';
import { JoinedPieces } from '../../net/join-pieces.ts';
import type { Expectation } from './expectation.ts';
import { errorResponseFor } from './faults.ts';
import type { ReplyTracker } from './replies.ts';
import { createRun, type RunSlot } from './runs.ts';
import { encodeExecute } from './wire/frontend/execute.ts';
import { encodeParse } from './wire/frontend/parse.ts';
import { encodeQuery } from './wire/frontend/query.ts';
import { type Span, spanOf } from './wire/span.ts';

export interface Permitted {
  readonly permit: Permit;
  readonly decidable: SqlDecidable;
  readonly operation: RunSlot;
  leaves(): void;
}

const notSent = {
  message: 'the session ended before it was sent',
  targetCode: null,
  rowCount: null,
} as const;

/**
 * One segment, decided but not sent. Either `send` or `abandon` is called, once: no permit is
 * spent before every decision of the segment is made.
 */
export class Plan {
  readonly #pieces = new JoinedPieces();
  readonly #owed: Expectation[] = [];
  readonly #permitted: Permitted[] = [];

  /**
   * A message whose permission was given elsewhere: Parse, Describe, Execute, Close, Sync.
   * `owed` is null where the server owes nothing for it.
   */
  forward({ bytes, start, end }: Span, owed: Expectation | null): void {
    this.#pieces.add(bytes, start, end);
    if (owed !== null) this.#owed.push(owed);
  }

  /** The message that a permit is for; `leaves` is called as it leaves, with its slot filled. */
  forwardPermitted(message: Span, owed: Expectation, permitted: Permitted): void {
    this.forward(message, owed);
    this.#permitted.push(permitted);
  }

  /**
   * In the place of a refused message: one that the server refuses, so that what follows fails.
   * `decided`: the gate has refused it.
   */
  refuse(refusal: Refusal, protocol: 'simple' | 'extended', decided: boolean): void {
    const simple = protocol === 'simple';
    // Nobody can have made a portal of a name that nobody was told.
    const bytes = simple ? encodeQuery('hoopx refused this') : encodeExecute(unheardOf(), 0);
    const error = errorResponseFor(refusal, 'ERROR');
    this.forward(spanOf(bytes), { kind: 'refused', error, simple, decided });
  }

  /** Inside a failed transaction: has the server say so, without sending what was not permitted. */
  failAsServer(protocol: 'simple' | 'extended'): void {
    const simple = protocol === 'simple';
    const bytes = simple
      ? encodeQuery('SELECT 1')
      : encodeParse({ statement: unheardOf(), text: 'SELECT 1', parameterTypes: [] });
    this.forward(spanOf(bytes), { kind: 'refused', error: null, simple, decided: false });
  }

  /** Spends the permits and hands out the bytes, which leave in one write. */
  send(tracker: ReplyTracker): Buffer {
    for (const permitted of this.#permitted) {
      const { permit, decidable, operation } = permitted;
      const sink = permit.spend();
      // Of what nobody was asked for, nobody may want to know either.
      if (permit.followed) {
        operation.run = createRun(sink, decidable);
        tracker.started(operation.run);
      }
      permitted.leaves();
    }
    for (const owed of this.#owed) tracker.expect(owed);
    return this.#pieces.whole();
  }

  /** The session is over: what was approved is reported as not run. */
  async abandon(): Promise<void> {
    for (const { permit } of this.#permitted) await permit.spend().failed(notSent);
  }
}

/** A name that the client does not have, nor will. */
export function unheardOf(): string {
  return `hoopx_${randomBytes(16).toString('hex')}`;
}
