import type { Eventual } from '../../core/eventual.ts';
import {
  type Clearance,
  cancelRequested,
  type OperationGate,
  type Waiting,
} from '../../core/gate.ts';
import type { SqlOperation } from '../../core/operation.ts';
import type { HeldRequest } from '../../core/request.ts';

/**
 * Asks the gate for one operation at a time, and keeps what a waiting session needs: how the
 * client is told, and how the requester or the session's end breaks the wait off.
 */
export class Holding {
  readonly #gate: OperationGate;
  readonly #over: AbortSignal;
  readonly #tell: (request: HeldRequest, first: boolean) => void;
  #cancel: AbortController;
  #waiting: Waiting;
  #deciding = false;

  constructor(
    gate: OperationGate,
    over: AbortSignal,
    tell: (request: HeldRequest, first: boolean) => void,
  ) {
    this.#gate = gate;
    this.#over = over;
    this.#tell = tell;
    this.#cancel = new AbortController();
    this.#waiting = this.#newWaiting();
  }

  /** An operation is being decided, or held. */
  get deciding(): boolean {
    return this.#deciding;
  }

  decide(operation: SqlOperation): Eventual<Clearance> {
    if (this.#cancel.signal.aborted) {
      this.#cancel = new AbortController();
      this.#waiting = this.#newWaiting();
    }
    const clearance = this.#gate.submit(operation, this.#waiting);
    if (!(clearance instanceof Promise)) return clearance;
    this.#deciding = true;
    return clearance.finally(() => {
      this.#deciding = false;
    });
  }

  /** The requester's Ctrl-C. False when nothing is being decided: then it is the server's matter. */
  cancel(): boolean {
    if (this.#deciding) this.#cancel.abort(cancelRequested);
    return this.#deciding;
  }

  #newWaiting(): Waiting {
    return { held: this.#tell, signal: AbortSignal.any([this.#over, this.#cancel.signal]) };
  }
}
