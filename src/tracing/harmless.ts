import type { OperationTrace } from './operation-trace.ts';

/** Runs what only tells of something: when it throws, that costs the telling and nothing else. */
export type Harmless = (tell: () => void) => void;

/** `onDefect` hears of it once. */
export function createHarmless(onDefect: (error: unknown) => void): Harmless {
  let known = false;
  return (tell) => {
    try {
      tell();
    } catch (error) {
      if (!known) onDefect(error);
      known = true;
    }
  };
}

export function harmlessTrace(trace: OperationTrace, harmless: Harmless): OperationTrace {
  return {
    held: (request) => harmless(() => trace.held(request)),
    changed: (request) => harmless(() => trace.changed(request)),
    cleared: (request) => harmless(() => trace.cleared(request)),
    refused: (refusal) => harmless(() => trace.refused(refusal)),
    sent: () => harmless(() => trace.sent()),
    ended: (state, outcome) => harmless(() => trace.ended(state, outcome)),
    abandoned: () => harmless(() => trace.abandoned()),
  };
}
