import type { Execution } from './execution.ts';

const stillHeldEveryMs = 60_000;

/** What the gateway tells of the wait, beside the command's own connection. */
export class Hold {
  readonly #execution: Execution;
  #held = false;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  async follow(): Promise<void> {
    const { client, tunnelId, over } = this.#execution;
    const reminder = setInterval(() => void this.#remind(), stillHeldEveryMs).unref();
    try {
      for await (const event of client.tunnelEvents(tunnelId, { signal: over })) {
        this.#held = event.type === 'held';
        if (event.type === 'held') this.#execution.held(event.request);
      }
    } catch {
      // A connection that is gone ends the command's own stream as well.
    } finally {
      clearInterval(reminder);
    }
  }

  async #remind(): Promise<void> {
    const { client, request } = this.#execution;
    if (request === null || !this.#held) return;
    const now = await client.request(request.id).catch(() => null);
    if (now?.state === 'pending') this.#execution.held(now);
  }
}
