/** Lets one part of the relay wait for what another one does, until all of it is stopped. */
export class Condition {
  readonly #stop: AbortSignal;
  #wakers: (() => void)[] = [];

  constructor(stop: AbortSignal) {
    this.#stop = stop;
    stop.addEventListener('abort', () => this.changed(), { once: true });
  }

  /** Resolves once `holds` says so; rejects with the signal's reason. */
  async until(holds: () => boolean): Promise<void> {
    for (;;) {
      this.#stop.throwIfAborted();
      if (holds()) return;
      await new Promise<void>((resolve) => {
        this.#wakers.push(resolve);
      });
    }
  }

  changed(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}
