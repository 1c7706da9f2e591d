import type { Refusal } from '../../../core/refusal.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import { sentTarget } from '../../http/wire/request-target.ts';

/** kubectl turns to SPDY at once. */
const rememberedMs = 10_000;
const maxRemembered = 1000;

/**
 * Clients that were refused a WebSocket ask for the same over SPDY, whatever the reason was: the
 * people who have just said no must not be asked again.
 */
export class RefusedUpgrades {
  readonly #refused = new Map<string, { readonly refusal: Refusal; readonly until: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param of whose request it was, and on which connection */
  remember(of: string, request: HttpRequest, refusal: Refusal): void {
    if (!isOver(request, 'websocket')) return;
    const [oldest] = this.#refused.keys();
    if (this.#refused.size >= maxRemembered && oldest !== undefined) this.#refused.delete(oldest);
    const until = this.#now() + rememberedMs;
    this.#refused.set(keyOf(of, request), { refusal, until });
  }

  /** What was answered a moment ago to the same request over WebSocket; said once. */
  recall(of: string, request: HttpRequest): Refusal | null {
    if (!isOver(request, 'spdy/3.1')) return null;
    const key = keyOf(of, request);
    const known = this.#refused.get(key);
    this.#refused.delete(key);
    return known !== undefined && known.until > this.#now() ? known.refusal : null;
  }
}

function isOver({ upgrade }: HttpRequest, protocol: string): boolean {
  return upgrade?.protocol.toLowerCase() === protocol;
}

function keyOf(of: string, { target }: HttpRequest): string {
  return `${of}\n${sentTarget(target)}`;
}
