import type { Writable } from 'node:stream';
import { exitCodes } from '../../core/exit-codes.ts';
import { UserError } from '../../core/user-error.ts';
import { castEvent } from '../../recording/film.ts';
import { TerminalFilter } from '../../recording/terminal-filter.ts';
import { headEntry } from '../../recording/timeline.ts';
import { TimelineOrder } from '../../recording/timeline-order.ts';
import type { OpenRecording } from './open-recording.ts';
import { entryText } from './timeline-text.ts';

export interface WatchOptions {
  readonly to: Writable;
  readonly color: boolean;
  readonly signal: AbortSignal;
}

/**
 * Prints a session as it goes on. Returns when it has ended, or the signal is aborted.
 * @throws UserError WATCH_CUT_OFF when nothing more comes of a session that has not ended
 */
export async function watchRecording(
  recording: OpenRecording,
  { to, color, signal }: WatchOptions,
): Promise<void> {
  const order = new TimelineOrder();
  const shown: Promise<void>[] = [];
  try {
    to.write(entryText(headEntry(recording.head), color));
    let ended = false;
    for await (const event of recording.events()) {
      ended = event.type === 'ended';
      to.write(entryText(order.entry(event), color));
      if (event.type !== 'terminal') continue;
      const following = follow(recording.cast(event.file, true), to);
      // It may fail before it is waited for.
      following.catch(() => {});
      shown.push(following);
    }
    await Promise.all(shown);
    if (!ended && !signal.aborted) throw cutOff(recording.head.session);
  } catch (error) {
    if (!signal.aborted) throw error;
    await Promise.allSettled(shown);
  }
}

function cutOff(session: string): UserError {
  return new UserError(`nothing more comes of ${session}, and its recording has no end`, {
    ...{ code: 'WATCH_CUT_OFF', exitCode: exitCodes.failure },
    hint: `What there is: hoopx sessions replay ${session}`,
  });
}

async function follow(lines: AsyncIterable<string>, to: Writable): Promise<void> {
  const filter = new TerminalFilter();
  for await (const line of lines) {
    const event = castEvent(line);
    if (event?.code === 'o') to.write(filter.push(event.data));
  }
}
