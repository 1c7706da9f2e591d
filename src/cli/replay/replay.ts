import { exitCodes } from '../../core/exit-codes.ts';
import { safeText } from '../../core/safe-text.ts';
import { UserError } from '../../core/user-error.ts';
import { castEvent, type Film, terminalFilm, timelineFilm } from '../../recording/film.ts';
import { headEntry, type TimelineEntry } from '../../recording/timeline.ts';
import { TimelineOrder } from '../../recording/timeline-order.ts';
import { visibleText } from '../../recording/visible-text.ts';
import type { OpenRecording } from './open-recording.ts';
import { playFilm } from './play-film.ts';
import { entryText } from './timeline-text.ts';

export interface ReplayOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly color: boolean;
  /** Which terminal of a session that has several: 1 is the first. Null: the first, if any. */
  readonly terminal: number | null;
  /** The timeline, also of a session with terminals. */
  readonly timeline: boolean;
  readonly speed: number;
  /** Milliseconds that a pause takes at most. */
  readonly idle: number;
}

/** @throws UserError for what is no speed */
export function speedOf(text: string): number {
  const speed = Number(text);
  if (speed > 0 && speed <= 100) return speed;
  throw new UserError(`not a speed: ${text}`, {
    ...{ code: 'USAGE', exitCode: exitCodes.usage },
    hint: 'It is a number: 2 is twice as fast, 0.5 half as fast.',
  });
}

/** Plays a recording in a terminal; where there is none it prints its timeline. */
export async function replay(recording: OpenRecording, options: ReplayOptions): Promise<void> {
  const { stdin, stdout, speed } = options;
  if (stdin.isTTY !== true || stdout.isTTY !== true) return printTimeline(recording, options);
  const film = await filmOf(recording, options);
  const { size } = film;
  if (size !== null && (size.columns > stdout.columns || size.rows > stdout.rows)) {
    const own = `${stdout.columns}x${stdout.rows}`;
    stdout.write(`Recorded at ${size.columns}x${size.rows}; this terminal is ${own}.\n`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  await playFilm(film, { input: stdin, output: stdout }, speed);
}

async function filmOf(recording: OpenRecording, options: ReplayOptions): Promise<Film> {
  const entries: TimelineEntry[] = [headEntry(recording.head)];
  const order = new TimelineOrder();
  const casts: string[] = [];
  for await (const event of recording.events()) {
    if (event.type === 'terminal') casts.push(event.file);
    entries.push(order.entry(event));
  }
  const cast = casts[(options.terminal ?? 1) - 1];
  if (cast !== undefined && !options.timeline) {
    return terminalFilm(recording.cast(cast), options.idle);
  }
  return timelineFilm(entries, (entry) => entryText(entry, options.color), options.idle);
}

/** All of it as text, as it comes: what terminals showed, without what moves and colours it. */
export async function printTimeline(
  recording: OpenRecording,
  { stdout, color }: Pick<ReplayOptions, 'stdout' | 'color'>,
): Promise<void> {
  const order = new TimelineOrder();
  stdout.write(entryText(headEntry(recording.head), color));
  for await (const event of recording.events()) {
    stdout.write(entryText(order.entry(event), color));
    if (event.type === 'terminal') stdout.write(await shownIn(recording.cast(event.file)));
  }
}

async function shownIn(lines: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const line of lines) {
    const event = castEvent(line);
    if (event?.code === 'o') text += event.data;
  }
  const shown = safeText(visibleText(text).replaceAll('\r', '\n'));
  return shown === '' ? '' : `${shown.replace(/^/gm, '    ')}\n`;
}
