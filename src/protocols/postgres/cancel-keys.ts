import { randomBytes } from 'node:crypto';
import type { CancelKey } from './wire/cancel-key.ts';

/** A session that can be cancelled, and by whom. */
export interface Cancellable {
  readonly principalKey: string;
  cancel(): void;
}

/**
 * Keys of our own for live sessions: random in all 63 bits, so that a key says nothing about
 * the server's, and looked up whole.
 */
export class CancelKeys {
  readonly #sessions = new Map<string, Cancellable>();

  register(session: Cancellable): { key: CancelKey; release: () => void } {
    const key = this.#unused();
    const name = nameOf(key);
    this.#sessions.set(name, session);
    return { key, release: () => this.#sessions.delete(name) };
  }

  /** A CancelRequest has no answer, whether or not it found anything. */
  cancel(key: CancelKey, principalKey: string): void {
    const session = this.#sessions.get(nameOf(key));
    if (session?.principalKey === principalKey) session.cancel();
  }

  #unused(): CancelKey {
    for (;;) {
      const random = randomBytes(8);
      const key = { pid: random.readUInt32BE(0) >>> 1, secret: random.subarray(4) };
      if (key.pid !== 0 && !this.#sessions.has(nameOf(key))) return key;
    }
  }
}

function nameOf(key: CancelKey): string {
  return `${key.pid}:${key.secret.toString('hex')}`;
}
