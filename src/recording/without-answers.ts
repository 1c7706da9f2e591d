import type { SessionRecorder, TerminalRecorder } from '../core/recording.ts';

export const notRecorded = 'not recorded: masks were lifted';

/** For a session of which masks are lifted: what was asked and how it ended, and nothing answered. */
export function withoutAnswers(recorder: SessionRecorder): SessionRecorder {
  return {
    rowLimit: 0,
    outputLimit: 0,
    nextChannel: () => recorder.nextChannel(),
    note(note, operation) {
      if (note.type === 'output') return;
      if (note.type === 'answer') {
        const error = note.error && { ...note.error, message: notRecorded };
        return recorder.note({ ...note, error, rows: [] }, operation);
      }
      if (note.type !== 'file' || note.message === undefined) {
        return recorder.note(note, operation);
      }
      return recorder.note({ ...note, message: notRecorded }, operation);
    },
    async terminal(start) {
      return silent(await recorder.terminal(start));
    },
  };
}

function silent(terminal: TerminalRecorder): TerminalRecorder {
  let said = false;
  return {
    output() {
      if (said) return;
      said = true;
      return terminal.output(Buffer.from(`[${notRecorded}]\r\n`));
    },
    resized: (columns, rows) => terminal.resized(columns, rows),
    ended: (exit) => terminal.ended(exit),
  };
}
