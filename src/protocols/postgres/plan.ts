import { randomBytes } from 'node:crypto';
import type { Permit } from '../../core/gate.ts';
import type { SqlDecidable } from '../../core/operation.ts';
import type { Refusal } from '../../core/refusal.ts';
import { joinPieces } from '../../net/join-pieces.ts';
import { errorResponseFor } from './faults.ts';
import type { Expectation, ReplyTracker } from './replies.ts';
import { createRun, type Run } from './runs.ts';
import { encodeExecute } from './wire/frontend/execute.ts';
import { encodeParse } from './wire/frontend/parse.ts';
import { encodeQuery } from './wire/frontend/query.ts';

type Step =
  /** `owed` is null where the server owes nothing for it. */
  | { readonly kind: 'plain'; readonly bytes: Buffer; readonly owed: (() => Expectation) | null }
  | {
      readonly kind: 'permitted';
      readonly bytes: Buffer;
      readonly permit: Permit;
      readonly decidable: SqlDecidable;
      readonly owed: (run: Run) => Expectation;
    };

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
  readonly #steps: Step[] = [];

  /** A message whose permission was given elsewhere: Parse, Describe, Execute, Close, Sync. */
  forward(bytes: Buffer, owed: (() => Expectation) | null): void {
    this.#steps.push({ kind: 'plain', bytes, owed });
  }

  /** The message that a permit is for; `owed` is called as it leaves. */
  forwardPermitted(
    bytes: Buffer,
    permit: Permit,
    decidable: SqlDecidable,
    owed: (run: Run) => Expectation,
  ): void {
    this.#steps.push({ kind: 'permitted', bytes, permit, decidable, owed });
  }

  /** In the place of a refused message: one that the server refuses, so that what follows fails. */
  refuse(refusal: Refusal, protocol: 'simple' | 'extended'): void {
    const simple = protocol === 'simple';
    // Nobody can have made a portal of a name that nobody was told.
    const bytes = simple ? encodeQuery('hoopx refused this') : encodeExecute(unheardOf(), 0);
    const error = errorResponseFor(refusal, 'ERROR');
    this.forward(bytes, () => ({ kind: 'refused', error, simple }));
  }

  /** Inside a failed transaction: has the server say so, without sending what was not permitted. */
  failAsServer(protocol: 'simple' | 'extended'): void {
    const simple = protocol === 'simple';
    const bytes = simple
      ? encodeQuery('SELECT 1')
      : encodeParse({ statement: unheardOf(), text: 'SELECT 1', parameterTypes: [] });
    this.forward(bytes, () => ({ kind: 'refused', error: null, simple }));
  }

  /** Spends the permits and hands out the bytes, which leave in one write. */
  send(tracker: ReplyTracker): Buffer {
    for (const step of this.#steps) {
      if (step.kind === 'permitted') {
        const run = createRun(step.permit.spend(), step.decidable);
        tracker.started(run);
        tracker.expect(step.owed(run));
      } else if (step.owed !== null) {
        tracker.expect(step.owed());
      }
    }
    return joinPieces(this.#steps.map((step) => step.bytes));
  }

  /** The session is over: what was approved is reported as not run. */
  async abandon(): Promise<void> {
    for (const step of this.#steps) {
      if (step.kind === 'permitted') await step.permit.spend().failed(notSent);
    }
  }
}

function unheardOf(): string {
  return `hoopx_${randomBytes(16).toString('hex')}`;
}
