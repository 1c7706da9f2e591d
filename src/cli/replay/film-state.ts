import type { Film } from '../../recording/film.ts';

/** Where a replay stands. Pure: the player writes and waits. */
export interface FilmState {
  readonly at: number;
  readonly speed: number;
  readonly paused: boolean;
  readonly over: boolean;
}

export type FilmKey =
  | 'pause'
  | 'back'
  | 'forward'
  | 'faster'
  | 'slower'
  | 'next'
  | 'first'
  | 'quit';

const stepMs = 5000;
const slowest = 0.25;
const fastest = 16;

const keys: ReadonlyMap<string, FilmKey> = new Map([
  [' ', 'pause'],
  ['\u001b[D', 'back'],
  ['h', 'back'],
  ['\u001b[C', 'forward'],
  ['l', 'forward'],
  ['+', 'faster'],
  ['=', 'faster'],
  ['-', 'slower'],
  ['n', 'next'],
  ['0', 'first'],
  ['q', 'quit'],
  ['\u0003', 'quit'],
]);

export const keysHelp = 'space pause · ←/→ 5 s · +/- speed · n next held · 0 beginning · q quit';

/** Keys that come in one burst come as one text. */
export function keysIn(text: string): readonly FilmKey[] {
  const parts = text.match(/\p{Cc}\[[CD]|./gsu) ?? [];
  return parts.flatMap((part) => keys.get(part) ?? []);
}

export function lengthOf({ frames }: Film): number {
  return frames.at(-1)?.at ?? 0;
}

/** What a key makes of it. A jump to the next held operation stops there. */
export function afterKey(state: FilmState, key: FilmKey, film: Film): FilmState {
  switch (key) {
    case 'pause':
      return { ...state, paused: !state.paused };
    case 'back':
      return { ...state, at: Math.max(0, state.at - stepMs) };
    case 'forward':
      return { ...state, at: Math.min(lengthOf(film), state.at + stepMs) };
    case 'faster':
      return { ...state, speed: Math.min(fastest, state.speed * 2) };
    case 'slower':
      return { ...state, speed: Math.max(slowest, state.speed / 2) };
    case 'next': {
      const next = film.frames.find(({ at, mark }) => mark !== null && at > state.at);
      return next === undefined ? state : { ...state, at: next.at, paused: true };
    }
    case 'first':
      return { ...state, at: 0 };
    case 'quit':
      return { ...state, over: true };
    default:
      return key satisfies never;
  }
}
