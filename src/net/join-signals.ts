/** Aborted as soon as one of those is that it was made of, with the same reason. */
export interface JoinedSignal {
  readonly signal: AbortSignal;
  /** Once nobody waits for it any more. */
  release(): void;
}

/**
 * AbortSignal.any leaves something behind in each signal for as long as that lives: where one of
 * them lives as long as a session, and is joined for every request, that is a leak.
 */
export function joinSignals(signals: readonly AbortSignal[]): JoinedSignal {
  const joined = new AbortController();
  const abort = (event: Event) => {
    const { target } = event;
    joined.abort(target instanceof AbortSignal ? target.reason : undefined);
  };
  for (const signal of signals) {
    if (signal.aborted) joined.abort(signal.reason);
    else signal.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: joined.signal,
    release() {
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}
