import type { SessionNote, SessionRecorder, TerminalRecorder } from '../../src/core/recording.ts';

export interface KeptNotes extends SessionRecorder {
  readonly notes: readonly SessionNote[];
}

/** A recorder that keeps what it is told in memory. */
export function keptNotes(limits: Partial<SessionRecorder> = {}): KeptNotes {
  const notes: SessionNote[] = [];
  const terminal: TerminalRecorder = { output() {}, resized() {}, ended() {} };
  let channels = 0;
  return {
    nextChannel() {
      channels += 1;
      return channels;
    },
    rowLimit: 3,
    outputLimit: 1024,
    notes,
    note(each) {
      notes.push(each);
    },
    terminal: async () => terminal,
    ...limits,
  };
}
