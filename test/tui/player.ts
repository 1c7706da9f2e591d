import type { RequestStreamEvent, RequestView } from '../../src/control/contract.ts';
import { sightOf } from '../../src/tui/geometry.ts';
import { createKeyDecoder } from '../../src/tui/keys.ts';
import { initialState, reduce } from '../../src/tui/model.ts';
import type { Effect, Event, Size, State } from '../../src/tui/state.ts';
import { noon } from './sample-request.ts';

type Untimed<E> = E extends { readonly at: number } ? Omit<E, 'at'> : never;

export interface Player {
  state: State;
  readonly effects: Effect[];
  /** Applies an event now, without drawing. */
  send(event: Untimed<Event>): void;
  feed(event: RequestStreamEvent): void;
  put(...requests: readonly RequestView[]): void;
  /** Draws as the screen does: until what was drawn changes nothing more. */
  draw(): void;
  wait(ms: number): void;
  /** One burst of raw terminal input, then a frame. */
  burst(input: string): void;
  /** Each character as a person would press it: drawn, and half a second apart. */
  press(...inputs: readonly string[]): void;
}

/** Plays events to the model with a clock that is moved by hand. */
export function player(size: Size = { columns: 80, rows: 24 }): Player {
  let now = noon;
  const decoder = createKeyDecoder();
  const play: Player = {
    state: initialState({ size, now, reviewer: 'reviewer', gateway: 'gateway.example' }),
    effects: [],
    send(event) {
      const next = reduce(play.state, { ...event, at: now } as Event);
      play.state = next.state;
      play.effects.push(...next.effects);
    },
    feed: (event) => play.send({ type: 'feed', event }),
    put(...requests) {
      for (const request of requests) play.feed({ type: 'request', request });
    },
    draw() {
      for (let drawn: State | null = null; drawn !== play.state; ) {
        drawn = play.state;
        play.send({ type: 'drawn', sight: sightOf(play.state) });
      }
    },
    wait(ms) {
      now += ms;
    },
    burst(input) {
      play.send({ type: 'keys', keys: [...decoder.push(input), ...decoder.flush()] });
      play.draw();
    },
    press(...inputs) {
      for (const input of inputs) {
        play.wait(500);
        play.burst(input);
      }
    },
  };
  return play;
}

/** A screen with these requests on it, drawn, and the list at rest. */
export function playerWith(...requests: readonly RequestView[]): Player {
  const play = player();
  play.send({ type: 'connected' });
  play.put(...requests);
  play.feed({ type: 'synced', pending: requests.map(({ id }) => id) });
  play.draw();
  return play;
}

export const enter = '\r';
export const esc = '\u001b';
export const pageDown = '\u001b[6~';
export const end = '\u001b[F';
