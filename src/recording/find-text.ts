import type { SessionNote } from '../core/recording.ts';
import { readEvent, type SessionEvent, valueText } from './read-session.ts';
import type { RecordingEntry } from './recordings.ts';
import { visibleText } from './visible-text.ts';
import { wholeLines } from './whole-lines.ts';

/** Whether a recording in the clear says that anywhere: in what was asked, or what was shown. */
export async function recordingSays(
  recording: Pick<RecordingEntry, 'files' | 'bytes'>,
  text: string,
  signal: AbortSignal,
): Promise<boolean> {
  const wanted = text.toLowerCase();
  for (const name of await recording.files()) {
    const bytes = recording.bytes(name, () => false, signal);
    if (await linesSay(wholeLines(bytes), wanted)) return true;
  }
  return false;
}

/** `wanted`: in lower case. Lines of a session, or of an asciicast. */
export async function linesSay(lines: AsyncIterable<string>, wanted: string): Promise<boolean> {
  // What a terminal prints comes in pieces that are cut anywhere.
  let before = '';
  for await (const line of lines) {
    const output = terminalOutput(line);
    const words = output === null ? wordsOf(line) : before + output;
    if (words.toLowerCase().includes(wanted)) return true;
    before = output === null ? '' : words.slice(-wanted.length);
  }
  return false;
}

function terminalOutput(line: string): string | null {
  if (!line.startsWith('[')) return null;
  try {
    const event: unknown = JSON.parse(line);
    if (!Array.isArray(event) || event[1] !== 'o') return null;
    return visibleText(String(event[2]));
  } catch {
    return null;
  }
}

function wordsOf(line: string): string {
  const event = readEvent(line);
  return event === null ? '' : saidIn(event).join('\n');
}

function saidIn(event: SessionEvent): readonly (string | null | undefined)[] {
  switch (event.type) {
    case 'held':
    case 'decided':
      return [event.summary, event.text];
    case 'terminal':
      return [event.command];
    case 'ended':
      return [event.refusal?.message];
    default:
      return noted(event);
  }
}

function noted(note: SessionNote): readonly (string | null | undefined)[] {
  switch (note.type) {
    case 'answer':
      return [note.tag, note.error?.message, ...note.rows.flat().map(valueText)];
    case 'channel':
      return [note.command];
    case 'output':
      return [note.text];
    case 'file':
      return [note.path, note.name, note.message];
    case 'exchange':
      return [`${note.method} ${note.path}`];
    case 'channel_end':
      return [];
    default:
      return note satisfies never;
  }
}
