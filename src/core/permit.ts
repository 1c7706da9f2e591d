import type { Outcome } from './request.ts';

/**
 * Told how a permitted operation went: exactly one of these is called, once. A promise only
 * where it has to be stored.
 */
export interface OutcomeSink {
  succeeded(outcome: Outcome): Promise<void> | null;
  failed(outcome: Outcome): Promise<void> | null;
  /** The outcome could not be learned: it may or may not have run. */
  unknown(outcome: Outcome): Promise<void> | null;
}

/** Called as a permit is spent; what it returns is told how that went. */
type Through = (sink: OutcomeSink) => OutcomeSink;

/**
 * The right to send one operation to the target, once. Only `core/gate.ts` may import the
 * value (enforced by the import rules); everyone else receives it, so code that forgot to
 * ask has nothing to send with.
 */
export class Permit {
  /** Of the operation in its session: 1 is the first. */
  readonly number: number;
  readonly requestId: string | null;
  #sink: OutcomeSink | null;
  #through: Through | null = null;

  constructor(number: number, requestId: string | null, sink: OutcomeSink) {
    this.number = number;
    this.requestId = requestId;
    this.#sink = sink;
  }

  /** Whether anybody wants to know how it goes. */
  get followed(): boolean {
    return this.requestId !== null || this.#through !== null;
  }

  /** The same right in other hands, and no second one: who follows an operation sees it spent. */
  passOn(through: Through): Permit {
    const next = new Permit(this.number, this.requestId, this.spend());
    next.#through = through;
    return next;
  }

  /** Spends the permit, just before the bytes leave. Throws the second time. */
  spend(): OutcomeSink {
    const sink = this.#sink;
    if (sink === null) throw new Error('a permit is used once');
    this.#sink = null;
    return this.#through === null ? sink : this.#through(sink);
  }
}
