import type { Answer } from './answer.ts';

/** Why exec itself put an end to what it had asked for. */
export type StopReason =
  | 'interrupted'
  | 'time_limit'
  /** The wait for approval is over, and nobody could claim it later. */
  | 'unapproved'
  | 'copy_data';

/** Why exec went away and left what it had asked for as it was. */
export type LeaveReason = 'waited' | 'terminated';

/** How exec's own part ended. */
export type Ending =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'left'; readonly why: LeaveReason }
  /** `answer` is null when even the end of it did not come. */
  | { readonly kind: 'stopped'; readonly why: StopReason; readonly answer: Answer | null };

export type Break = Exclude<Ending, { kind: 'answered' }>;

export interface Breaks {
  /** Resolves when exec shall not go on; never rejects. The first one counts. */
  readonly first: Promise<Break>;
  stop(why: StopReason): void;
  leave(why: LeaveReason): void;
}

/** Ctrl-C stops it, a signal to the process alone leaves it, and so may the clock. */
export function createBreaks(options: {
  readonly interrupted: AbortSignal;
  readonly terminated: AbortSignal;
  /** Milliseconds for the whole; null: without limit. */
  readonly timeLimitMs: number | null;
}): Breaks {
  let resolve: (ending: Break) => void = () => {};
  const first = new Promise<Break>((settle) => {
    resolve = settle;
  });
  const stop = (why: StopReason) => resolve({ kind: 'stopped', why, answer: null });
  const leave = (why: LeaveReason) => resolve({ kind: 'left', why });
  onAbort(options.interrupted, () => stop('interrupted'));
  onAbort(options.terminated, () => leave('terminated'));
  const { timeLimitMs } = options;
  if (timeLimitMs !== null) setTimeout(() => stop('time_limit'), timeLimitMs).unref();
  return { first, stop, leave };
}

function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}
