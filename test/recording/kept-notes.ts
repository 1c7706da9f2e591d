import type { SessionNote, SessionRecorder, TerminalRecorder } from '../../src/core/recording.ts';

export interface KeptNotes extends SessionRecorder {
  readonly notes: readonly SessionNote[];
  /** The same, each with the number of its operation. */
  readonly numbered: readonly Numbered[];
}

export type Numbered = SessionNote & { readonly operation: number | null };

/** A recorder that keeps what it is told in memory. */
export function keptNotes(limits: Partial<SessionRecorder> = {}): KeptNotes {
  const notes: SessionNote[] = [];
  const numbered: Numbered[] = [];
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
    numbered,
    note(each, operation) {
      notes.push(each);
      numbered.push({ ...each, operation });
    },
    terminal: async () => terminal,
    ...limits,
  };
}
