import type { Clock } from '../core/clock.ts';
import { metaOf } from './recording-meta.ts';
import type { SessionAbout } from './session-lines.ts';
import type { ClosedRecording, SessionRecording } from './session-recording.ts';
import { blankTerminal } from './terminal-track.ts';

export const neverOpened: ClosedRecording = { state: 'never_opened', files: [] };

/** For a session that goes on without, as its connection allows. */
export function blankRecording(about: SessionAbout, clock: Clock): SessionRecording {
  const meta = metaOf(about, clock(), false);
  return {
    rowLimit: 0,
    outputLimit: 0,
    nextChannel: () => 0,
    note() {},
    terminal: async () => blankTerminal,
    held() {},
    decided() {},
    meta: () => meta,
    close: async () => neverOpened,
  };
}
