import { safeText } from '../core/safe-text.ts';
import { TerminalFilter } from './terminal-filter.ts';
import type { TimelineEntry } from './timeline.ts';

/** What is shown at a moment. */
export interface Frame {
  /** Milliseconds since the beginning, long pauses shortened. */
  readonly at: number;
  /** For the terminal as it is. */
  readonly data: string;
  /** A point to jump to. */
  readonly mark: string | null;
}

export interface Film {
  readonly frames: readonly Frame[];
  readonly size: { readonly columns: number; readonly rows: number } | null;
}

/** Nothing happens for longer than this many milliseconds. */
export type IdleLimit = number;

/** A timeline as a film: each entry in its time. */
export function timelineFilm(
  entries: readonly TimelineEntry[],
  render: (entry: TimelineEntry) => string,
  idle: IdleLimit,
): Film {
  const clock = new FilmClock(idle);
  const frames = entries.map((entry) => ({
    at: clock.at(entry.at),
    data: render(entry).replaceAll('\n', '\r\n'),
    mark: stops.has(entry.label) ? (entry.lines[0] ?? '') : null,
  }));
  return { frames, size: null };
}

const stops: ReadonlySet<TimelineEntry['label']> = new Set(['held', 'deny', 'refused']);

/** An asciicast, version 3, as a film. What it does not know is passed over. */
export async function terminalFilm(lines: AsyncIterable<string>, idle: IdleLimit): Promise<Film> {
  const clock = new FilmClock(idle);
  const filter = new TerminalFilter();
  const frames: Frame[] = [];
  let size: Film['size'] = null;
  let at = 0;
  for await (const line of lines) {
    const event = castEvent(line);
    if (event === null) {
      size ??= castSize(line);
      continue;
    }
    at += event.interval * 1000;
    if (event.code === 'o')
      frames.push({ at: clock.at(at), data: filter.push(event.data), mark: null });
    if (event.code === 'm') frames.push({ at: clock.at(at), data: '', mark: safeText(event.data) });
  }
  return { frames, size };
}

interface CastEvent {
  readonly interval: number;
  readonly code: string;
  readonly data: string;
}

export function castEvent(line: string): CastEvent | null {
  const value = parsed(line);
  if (!Array.isArray(value)) return null;
  const [interval, code, data]: readonly unknown[] = value;
  if (typeof interval !== 'number' || typeof code !== 'string' || typeof data !== 'string')
    return null;
  return { interval, code, data };
}

function castSize(line: string): Film['size'] {
  const value = parsed(line);
  const term = isRecord(value) ? value.term : null;
  if (!isRecord(term) || typeof term.cols !== 'number' || typeof term.rows !== 'number')
    return null;
  return { columns: term.cols, rows: term.rows };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Shortens pauses. */
class FilmClock {
  readonly #idle: IdleLimit;
  #real = 0;
  #shown = 0;

  constructor(idle: IdleLimit) {
    this.#idle = idle;
  }

  at(real: number): number {
    this.#shown += Math.min(Math.max(0, real - this.#real), this.#idle);
    this.#real = Math.max(this.#real, real);
    return this.#shown;
  }
}
