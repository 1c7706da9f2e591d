import type { DecisionEvent } from '../core/gate.ts';
import type { Decidable } from '../core/operation.ts';
import type { Verdict } from '../core/verdict.ts';
import { decidedEvent, lineTail } from './session-lines.ts';

/**
 * What is written of operations that no request was made for, all but when. Adapters hand over
 * the same object for the same text, and the gate the same verdict: of what a session repeats,
 * nothing is computed again.
 */
export class DecidedTails {
  readonly #passed = new WeakMap<Decidable, { readonly verdict: Verdict; readonly tail: Buffer }>();

  of(event: DecisionEvent): Buffer {
    const { operation, verdict, refusal } = event;
    const known = this.#passed.get(operation.decidable);
    if (refusal === null && known?.verdict === verdict) return known.tail;
    const tail = Buffer.from(lineTail(decidedEvent(event)), 'utf8');
    if (refusal === null) this.#passed.set(operation.decidable, { verdict, tail });
    return tail;
  }
}
