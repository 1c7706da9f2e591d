import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { RecordingProblem } from '../audit/recordings-check.ts';
import type { StoredFile } from '../core/stored-file.ts';
import { digestOf } from '../recording/left-files.ts';
import { metaFile } from '../recording/recording-meta.ts';
import { nothingStored, readUploadState } from '../recording/upload-state.ts';

export type Problem = Omit<RecordingProblem, 'session'>;

/** A recording as it lies in a folder, beside what the log says of it. */
export interface Compared {
  readonly problems: readonly Problem[];
  readonly inBucket: boolean;
}

export interface Recorded {
  readonly folder: string;
  /** What was there when it was listed. */
  readonly names: readonly string[];
  /** As the log has them. */
  readonly files: readonly StoredFile[];
  /** So the log says. */
  readonly removed: boolean;
}

export async function compare({ folder, names, files, removed }: Recorded): Promise<Compared> {
  const known = new Map(files.map((file) => [file.name, file]));
  const here = new Set<string>();
  const problems: Problem[] = [];
  for (const name of names) {
    const file = known.get(name);
    const same = file === undefined || (await orNull(isSame(path.join(folder, name), file)));
    if (same === null) continue;
    here.add(name);
    if (file === undefined) problems.push({ file: name, problem: 'added' });
    else if (!same) problems.push({ file: name, problem: 'changed' });
  }
  // After the files: what was taken to the bucket meanwhile stands there now.
  const stored = await inBucket(folder, here);
  const elsewhere = files.filter(({ name }) => !here.has(name));
  for (const { name, sha256 } of elsewhere) {
    const noted = stored.get(name);
    if (noted === undefined) {
      if (!removed) problems.push({ file: name, problem: 'missing' });
    } else if (noted.sha256 !== sha256) problems.push({ file: name, problem: 'changed' });
  }
  return { problems, inBucket: elsewhere.length > 0 && problems.length === 0 };
}

/** What may be there alone: the gateway clears all but the description, once it has taken all. */
async function inBucket(
  folder: string,
  here: ReadonlySet<string>,
): Promise<ReadonlyMap<string, StoredFile>> {
  const { stored, complete } = await readUploadState(folder).catch(() => nothingStored);
  return new Map(complete && here.has(metaFile) ? stored.map((file) => [file.name, file]) : []);
}

/** For what need not be there. */
export async function orNull<Found>(reading: Promise<Found>): Promise<Found | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Anything but a plain file could keep its reader waiting for ever. */
async function isSame(place: string, { bytes, sha256 }: StoredFile): Promise<boolean> {
  const found = await lstat(place);
  if (!found.isFile() || found.size !== bytes) return false;
  return (await digestOf(place)).sha256 === sha256;
}
