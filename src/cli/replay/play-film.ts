import { safeLine } from '../../core/safe-text.ts';
import type { Film } from '../../recording/film.ts';
import { afterKey, type FilmState, keysHelp, keysIn, lengthOf } from './film-state.ts';
import { timeText } from './timeline-text.ts';

/** The part of a terminal that a replay needs. */
export interface FilmTerminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

const clear = '\u001b[0m\u001b[?1049l\u001b[r\u001b[H\u001b[2J\u001b[?25h';
/** Whatever the recorded program had switched on: screens, mouse, paste, keypad, colours. */
const restore =
  '\u001b[?1049l\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l\u001b[?1l\u001b>\u001b[r\u001b[0m\u001b[?25h';

/** Plays a film until its end, and stays there until it is left. */
export async function playFilm(
  film: Film,
  { input, output }: FilmTerminal,
  speed: number,
): Promise<void> {
  let state: FilmState = { at: 0, speed, paused: false, over: false };
  let wake = () => {};
  const typed = (bytes: Buffer | string) => {
    for (const key of keysIn(String(bytes))) {
      const before = state;
      state = afterKey(state, key, film);
      if (state.at !== before.at || (before.paused && !state.paused)) redraw();
    }
    wake();
  };

  let shown = 0;
  function redraw(): void {
    output.write(clear);
    shown = 0;
    draw();
  }
  function draw(): void {
    let data = '';
    for (let frame = film.frames[shown]; frame !== undefined && frame.at <= state.at; ) {
      data += frame.data;
      shown += 1;
      frame = film.frames[shown];
    }
    if (data !== '') output.write(data);
  }
  function status(): void {
    const { frames } = film;
    const mark = frames.findLast((frame) => frame.mark !== null && frame.at <= state.at)?.mark;
    const place = `${timeText(state.at).trim()} of ${timeText(lengthOf(film)).trim()}`;
    const what = mark === undefined || mark === null ? '' : ` · ${mark}`;
    const line = safeLine(`${place} ×${state.speed}${what} · ${keysHelp}`, output.columns - 1);
    output.write(`\u001b7\u001b[${output.rows};1H\u001b[0;7m${line}\u001b[K\u001b[0m\u001b8`);
  }

  const raw = input.isTTY === true;
  if (raw) input.setRawMode(true);
  input.on('data', typed);
  input.resume();
  try {
    redraw();
    while (!state.over) {
      const next = film.frames[shown];
      if (next === undefined) state = { ...state, paused: true };
      if (state.paused) status();
      const since = performance.now();
      const ms = state.paused ? null : ((next?.at ?? state.at) - state.at) / state.speed;
      await new Promise<void>((resolve) => {
        const timer = ms === null ? null : setTimeout(resolve, ms);
        wake = () => {
          if (timer !== null) clearTimeout(timer);
          resolve();
        };
      });
      if (!state.paused && ms !== null) {
        const passed = (performance.now() - since) * state.speed;
        state = { ...state, at: Math.min(state.at + passed, lengthOf(film)) };
        draw();
      }
    }
  } finally {
    input.off('data', typed);
    input.pause();
    if (raw) input.setRawMode(false);
    output.write(`${restore}\u001b[${output.rows};1H\u001b[K\n`);
  }
}
