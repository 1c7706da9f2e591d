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

  constructor(number: number, requestId: string | null, sink: OutcomeSink) {
    this.number = number;
    this.requestId = requestId;
    this.#sink = sink;
  }

  /** Spends the permit, just before the bytes leave. Throws the second time. */
  spend(): OutcomeSink {
    const sink = this.#sink;
    if (sink === null) throw new Error('a permit is used once');
    this.#sink = null;
    return sink;
  }
}
