/** Lets one waiter through once a condition holds; somebody says when to look again. */
export class Turnstile {
  #wake: (() => void) | null = null;

  notify(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /** Resolves when `open` is true. One waiter at a time. */
  async until(open: () => boolean): Promise<void> {
    while (!open()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
