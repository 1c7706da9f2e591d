import type { Writable } from 'node:stream';
import { castEvent } from '../../recording/film.ts';
import { TerminalFilter } from '../../recording/terminal-filter.ts';
import { headEntry, timelineEntry } from '../../recording/timeline.ts';
import type { OpenRecording } from './open-recording.ts';
import { entryText } from './timeline-text.ts';

export interface WatchOptions {
  readonly to: Writable;
  readonly color: boolean;
  readonly signal: AbortSignal;
}

/** Prints a session as it goes on. Returns when it has ended, or the signal is aborted. */
export async function watchRecording(
  recording: OpenRecording,
  { to, color, signal }: WatchOptions,
): Promise<void> {
  const shown: Promise<void>[] = [];
  try {
    to.write(entryText(headEntry(recording.head), color));
    for await (const event of recording.events()) {
      to.write(entryText(timelineEntry(event), color));
      if (event.type === 'terminal') shown.push(follow(recording.cast(event.file, true), to));
    }
    await Promise.all(shown);
  } catch (error) {
    if (!signal.aborted) throw error;
    await Promise.allSettled(shown);
  }
}

async function follow(lines: AsyncIterable<string>, to: Writable): Promise<void> {
  const filter = new TerminalFilter();
  for await (const line of lines) {
    const event = castEvent(line);
    if (event?.code === 'o') to.write(filter.push(event.data));
  }
}
