import type { Permit } from '../../core/gate.ts';
import type { SqlDecidable } from '../../core/operation.ts';
import type { Deliberation } from './deliberation.ts';
import type { Portal } from './names.ts';
import type { Permitted } from './plan.ts';
import type { RunSlot } from './runs.ts';

/**
 * A Bind that was permitted: what its leaving means, and what its BindComplete confirms. One
 * object for both, because one is made for each Bind.
 */
export class PermittedBind implements Permitted {
  readonly kind = 'bind';
  readonly permit: Permit;
  readonly #name: string;
  readonly #portal: Portal;
  readonly #deliberation: Deliberation;

  constructor(permit: Permit, name: string, portal: Portal, deliberation: Deliberation) {
    this.permit = permit;
    this.#name = name;
    this.#portal = portal;
    this.#deliberation = deliberation;
  }

  get decidable(): SqlDecidable {
    return this.#portal.decidable;
  }

  get operation(): RunSlot {
    return this.#portal.operation;
  }

  leaves(): void {
    this.#deliberation.sent(this.#portal.decidable, this.#portal.text);
  }

  confirmed(): void {
    this.#deliberation.deps.names.portals.set(this.#name, this.#portal);
  }
}
