import { safeLine } from '../core/safe-text.ts';
import type { SessionEvent } from './read-session.ts';
import { shownEvent, type TimelineEntry } from './timeline.ts';

/** Operations and channels whose names are remembered: the last of them. */
const maxRemembered = 10_000;
const longestName = 100;

/**
 * Makes entries of a session's events, one after the other. What does not come right behind its
 * operation, because others are under way, is headed by that operation's name.
 */
export class TimelineOrder {
  readonly #names = new Map<number, string>();
  readonly #channels = new Map<number, number>();
  /** Whose entry came last. */
  #last: number | null = null;

  entry(event: SessionEvent): TimelineEntry {
    const { at } = event;
    const operation = this.#operationOf(event);
    const { label, lines } = shownEvent(event);
    const names = event.type === 'held' || event.type === 'decided';
    if (names && operation !== null) remember(this.#names, operation, event.summary);
    const away = !names && operation !== null && operation !== this.#last;
    if (operation !== null) this.#last = operation;
    if (!away) return { at, operation, label, lines };
    const name = this.#names.get(operation) ?? 'what was asked before';
    return { at, operation, label, lines: [`to ${safeLine(name, longestName)}`, ...lines] };
  }

  /** What a channel says belongs to what was started in it. */
  #operationOf(event: SessionEvent): number | null {
    const { operation = null } = event;
    if (!('channel' in event)) return operation;
    if (operation === null) return this.#channels.get(event.channel) ?? null;
    if (event.type === 'channel') remember(this.#channels, event.channel, operation);
    return operation;
  }
}

function remember<Value>(map: Map<number, Value>, key: number, value: Value): void {
  map.set(key, value);
  if (map.size <= maxRemembered) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
