import { type Clearance, cancelRequested, type OperationGate } from '../../core/gate.ts';
import type { SshOperation } from '../../core/operation.ts';
import type { HeldRequest } from '../../core/request.ts';

/** How one channel's client is told that it waits. */
export type Tell = (request: HeldRequest, first: boolean) => void;

/**
 * Asks the gate for the operations of one channel, and keeps what breaks the wait off: the
 * session's end, the client that leaves the channel, its Ctrl-C.
 */
export class Holding {
  readonly #gate: OperationGate;
  readonly #over: readonly AbortSignal[];
  readonly #tell: Tell;
  #cancel = new AbortController();
  #signal: AbortSignal;
  #deciding = 0;

  constructor(gate: OperationGate, over: readonly AbortSignal[], tell: Tell) {
    this.#gate = gate;
    this.#over = over;
    this.#tell = tell;
    this.#signal = this.#newSignal();
  }

  get deciding(): boolean {
    return this.#deciding > 0;
  }

  /** `number`: where it was given one before. */
  async decide(operation: SshOperation, number?: number): Promise<Clearance> {
    if (this.#cancel.signal.aborted) {
      this.#cancel = new AbortController();
      this.#signal = this.#newSignal();
    }
    this.#deciding += 1;
    try {
      const waiting = { held: this.#tell, signal: this.#signal };
      return await this.#gate.submit(operation, waiting, number);
    } finally {
      this.#deciding -= 1;
    }
  }

  /** The requester's Ctrl-C. False when nothing is being decided. */
  cancel(): boolean {
    if (this.deciding) this.#cancel.abort(cancelRequested);
    return this.deciding;
  }

  #newSignal(): AbortSignal {
    return AbortSignal.any([...this.#over, this.#cancel.signal]);
  }
}
