import path from 'node:path';
import type { ObjectStore } from '../core/object-store.ts';
import { fileBytes, isTrackFile, trackFiles } from './recording-files.ts';
import { storedBytes } from './stored-bytes.ts';
import type { UploadState } from './upload-state.ts';

/** Where the files of one recording are: here, in the bucket, or both. */
export interface RecordedPlace {
  readonly id: string;
  readonly folder: string;
  readonly store: ObjectStore | null;
  upload(): UploadState;
}

/** Names, of files here and in the bucket. */
export async function recordedFiles({ folder, upload }: RecordedPlace): Promise<readonly string[]> {
  const elsewhere = upload().stored.map(({ name }) => name);
  return [...new Set([...(await trackFiles(folder)), ...elsewhere.filter(isTrackFile)])].sort();
}

/** As `fileBytes`, of a file that may be in the bucket. */
export async function* recordedBytes(
  { id, folder, store, upload }: RecordedPlace,
  name: string,
  growing: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    yield* fileBytes(path.join(folder, name), growing, signal);
  } catch (error) {
    // Said by opening it, before anything was read.
    const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const stored = upload().stored.find((each) => each.name === name);
    if (!gone || stored === undefined || store === null) throw error;
    yield* storedBytes(store, id, stored, signal);
  }
}
