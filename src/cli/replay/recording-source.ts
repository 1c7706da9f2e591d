import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { ControlClient } from '../../control/client.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { UserError } from '../../core/user-error.ts';
import { isTrackFile } from '../../recording/recording-files.ts';

/** Where the bytes of a recording come from, as they are stored. */
export interface RecordingSource {
  readonly id: string;
  files(): Promise<readonly string[]>;
  /** `follow`: goes on for as long as the session does. */
  bytes(file: string, follow: boolean): AsyncIterable<Uint8Array>;
}

export function gatewaySource(
  control: ControlClient,
  id: string,
  signal?: AbortSignal,
): RecordingSource {
  return {
    id,
    files: async () => (await control.recording(id)).files,
    async *bytes(file, follow) {
      let had = 0;
      do {
        let again = had;
        const stream = await control.recordingFile(id, file, follow, signal);
        if (signal !== undefined) addAbortSignal(signal, stream);
        try {
          for await (const chunk of stream) {
            if (!(chunk instanceof Uint8Array)) continue;
            const fresh = chunk.subarray(Math.min(again, chunk.length));
            again -= chunk.length - fresh.length;
            had += fresh.length;
            if (fresh.length > 0) yield fresh;
          }
        } finally {
          stream.destroy();
        }
        // A stream ends with the token that it began with: the next one has the next token.
      } while (follow && signal?.aborted !== true && (await isOpen(control, id)));
    },
  };
}

async function isOpen(control: ControlClient, id: string): Promise<boolean> {
  return (await control.recording(id)).state === 'open';
}

/** The folder of a recording, or one of its files. */
export async function fileSource(given: string): Promise<RecordingSource> {
  const found = await stat(given).catch((error: unknown) => {
    throw new UserError(`${given}: ${error instanceof Error ? error.message : String(error)}`, {
      ...{ code: 'NO_RECORDING', exitCode: exitCodes.usage, cause: error },
    });
  });
  const folder = path.resolve(found.isDirectory() ? given : path.dirname(given));
  return {
    id: path.basename(folder),
    files: async () => (await readdir(folder)).filter(isTrackFile).sort(),
    bytes: (file) => createReadStream(path.join(folder, file)),
  };
}
