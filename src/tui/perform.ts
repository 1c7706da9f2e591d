import type { Clock } from '../core/clock.ts';
import type { ReviewerApi } from './reviewer-api.ts';
import type { Effect, Event } from './state.ts';
import type { Terminal } from './terminal.ts';

export interface Stage {
  readonly api: ReviewerApi;
  readonly terminal: Pick<Terminal, 'suspend' | 'forget'>;
  readonly clock: Clock;
  readonly dispatch: (event: Event) => void;
}

/** Does what the model asks for; what comes of it returns as an event. */
export function perform(effect: Effect, { api, terminal, clock, dispatch }: Stage): void {
  switch (effect.kind) {
    case 'suspend':
      terminal.suspend();
      break;
    case 'repaint':
      terminal.forget();
      break;
    case 'look':
      api.request(effect.id).then(
        (request) => dispatch({ type: 'looked', at: clock(), request }),
        // The next synchronisation looks again.
        () => {},
      );
      break;
    case 'decide': {
      const { id, decision } = effect;
      api.decide(id, decision).then(
        (request) => dispatch({ type: 'decided', at: clock(), request }),
        (error) => dispatch({ type: 'undecided', at: clock(), id, message: messageOf(error) }),
      );
      break;
    }
    default:
      effect satisfies never;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
