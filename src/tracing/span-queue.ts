import { setImmediate } from 'node:timers/promises';
import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Collector, Delivery } from './collector.ts';

export interface SpanCounts {
  /** Taken by the collector. */
  readonly exported: number;
  /** Lost: no room, not taken, or left over at the end. */
  readonly dropped: number;
}

export interface SpanQueue {
  readonly processor: SpanProcessor;
  counts(): SpanCounts;
  /** One that was not even made. */
  lost(why: string): void;
  /** Gives up what the collector has not taken when the time is over. */
  close(withinMs: number): Promise<void>;
}

export interface SpanQueueOptions {
  readonly collector: Collector;
  readonly limits?: Partial<SpanQueueLimits>;
  /** Called once, with the first loss. */
  readonly onTrouble: (why: string) => void;
}

export interface SpanQueueLimits {
  /** Spans that wait, those that are on their way included. */
  readonly waiting: number;
  readonly batch: number;
  /** How long a span waits for company. */
  readonly everyMs: number;
  readonly backoffMs: number;
  readonly longestBackoffMs: number;
}

const defaults: SpanQueueLimits = {
  ...{ waiting: 4_096, batch: 256, everyMs: 2_000 },
  ...{ backoffMs: 1_000, longestBackoffMs: 60_000 },
};

/**
 * Between those who make spans and the collector: never waited for, never longer than its limit.
 * What is new is dropped when it is full, and what failed is sent again while it has room.
 */
export function createSpanQueue({ collector, onTrouble, ...options }: SpanQueueOptions): SpanQueue {
  const limits = { ...defaults, ...options.limits };
  const waiting: ReadableSpan[] = [];
  const abort = new AbortController();
  let exported = 0;
  let dropped = 0;
  let troubled = false;
  let closing = false;
  let timer: NodeJS.Timeout | null = null;
  let delivering: Promise<void> | null = null;
  let wake = () => {};
  let backoffMs = limits.backoffMs;

  function trouble(why: string): void {
    if (troubled) return;
    troubled = true;
    onTrouble(why);
  }

  function lose(count: number, why: string): void {
    if (count === 0) return;
    dropped += count;
    trouble(why);
  }

  function add(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (closing || waiting.length >= limits.waiting) {
      lose(1, 'too many wait for it');
      return;
    }
    waiting.push(span);
    if (delivering !== null) return;
    if (waiting.length >= limits.batch) start();
    else timer ??= setTimeout(start, limits.everyMs).unref();
  }

  function start(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    delivering ??= deliverAll().finally(() => {
      delivering = null;
      if (waiting.length > 0 && !closing) timer ??= setTimeout(start, limits.everyMs).unref();
    });
  }

  /** Whole batches, one after the other; the last of a lull, or of all, may be smaller. */
  async function deliverAll(): Promise<void> {
    do {
      const batch = waiting.slice(0, limits.batch);
      const delivery = await attempt(batch);
      if (delivery.kind === 'away') {
        trouble(delivery.why);
        if (closing) return;
        await pause(Math.max(backoffMs, delivery.afterMs));
        backoffMs = Math.min(backoffMs * 2, limits.longestBackoffMs);
        continue;
      }
      backoffMs = limits.backoffMs;
      waiting.splice(0, batch.length);
      const lost = delivery.kind === 'taken' ? delivery.rejected : batch.length;
      exported += batch.length - lost;
      lose(lost, delivery.kind === 'taken' ? 'it did not keep them' : delivery.why);
    } while (waiting.length >= (closing ? 1 : limits.batch));
  }

  async function attempt(batch: readonly ReadableSpan[]): Promise<Delivery> {
    // What spans are written in is computed when nothing else is to be done.
    await setImmediate();
    try {
      return await collector.deliver(batch, abort.signal);
    } catch {
      return { kind: 'refused', why: 'they cannot be written' };
    }
  }

  async function pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, ms).unref();
    });
    wake = () => {};
  }

  async function close(withinMs: number): Promise<void> {
    closing = true;
    wake();
    const over = setTimeout(() => abort.abort(), withinMs);
    await delivering;
    if (waiting.length > 0 && !abort.signal.aborted) {
      start();
      await delivering;
    }
    clearTimeout(over);
    lose(waiting.splice(0).length, 'it did not take the last ones in time');
    collector.close();
  }

  return {
    processor: {
      onStart() {},
      onEnd: add,
      forceFlush: async () => {},
      shutdown: async () => {},
    },
    counts: () => ({ exported, dropped }),
    lost: (why) => lose(1, why),
    close,
  };
}
