import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { exitCodes } from '../../core/exit-codes.ts';
import { UserError } from '../../core/user-error.ts';
import { recordingPage } from './export-page.ts';
import type { OpenRecording } from './open-recording.ts';

export type ExportFormat = 'cast' | 'json' | 'html';

/** Writes a recording, decrypted, in a form that other programs read. */
export async function exportRecording(
  recording: OpenRecording,
  {
    format,
    terminal,
    to,
  }: { readonly format: ExportFormat; readonly terminal: number; readonly to: Writable },
): Promise<void> {
  switch (format) {
    case 'html':
      return put(to, await recordingPage(recording));
    case 'json':
      await put(to, `${JSON.stringify(recording.head)}\n`);
      for await (const event of recording.events()) await put(to, `${JSON.stringify(event)}\n`);
      return;
    case 'cast':
      for await (const line of recording.cast(await castName(recording, terminal))) {
        await put(to, `${line}\n`);
      }
      return;
    default:
      return format satisfies never;
  }
}

async function castName(recording: OpenRecording, wanted: number): Promise<string> {
  let seen = 0;
  for await (const event of recording.events()) {
    if (event.type === 'terminal') seen += 1;
    if (event.type === 'terminal' && seen === wanted) return event.file;
  }
  throw new UserError(`the recording has ${seen} terminals`, {
    ...{ code: 'NO_TERMINAL', exitCode: exitCodes.usage },
    hint: 'What is no terminal is exported with --json or --html.',
  });
}

async function put(to: Writable, text: string): Promise<void> {
  if (!to.write(text)) await once(to, 'drain');
}
