import { sightOf } from './geometry.ts';
import { reduce } from './model.ts';
import type { Effect, Event, State } from './state.ts';

export interface ScreenLoopOptions {
  readonly start: State;
  /** Puts a state on the screen before it returns. */
  readonly paint: (state: State) => void;
  readonly perform: (effect: Effect) => void;
  readonly done: (how: 'quit' | 'interrupted') => void;
  readonly failed: (error: unknown) => void;
}

export interface ScreenLoop {
  dispatch(event: Event): void;
  stop(): void;
}

/** At most so often is the screen drawn, however many events come. */
const frameMs = 16;

export function createScreenLoop(options: ScreenLoopOptions): ScreenLoop {
  let state = options.start;
  let stopped = false;
  let timer: NodeJS.Timeout | null = setTimeout(draw, 0);

  /** Draws, and tells the state what is on the screen now, until that changes nothing more. */
  function draw(): void {
    timer = null;
    try {
      for (let drawn: State | null = null; drawn !== state; ) {
        drawn = state;
        options.paint(state);
        state = reduce(state, { type: 'drawn', at: state.now, sight: sightOf(state) }).state;
      }
    } catch (error) {
      options.failed(error);
    }
  }

  return {
    dispatch(event) {
      // Nothing is drawn once the terminal has been given back.
      if (stopped) return;
      const next = reduce(state, event);
      state = next.state;
      timer ??= setTimeout(draw, frameMs);
      for (const effect of next.effects) options.perform(effect);
      if (state.done !== null) options.done(state.done);
    },
    stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
