import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { RecordingStory } from '../audit/recording-stories.ts';
import type {
  CheckRecordings,
  RecordingProblem,
  RecordingsCheck,
} from '../audit/recordings-check.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { StoredFile } from '../core/stored-file.ts';
import { UserError } from '../core/user-error.ts';
import { digestOf } from '../recording/left-files.ts';
import { isSessionFolder, isTrackFile } from '../recording/recording-files.ts';
import { metaFile } from '../recording/recording-meta.ts';
import { nothingStored, readUploadState } from '../recording/upload-state.ts';

type Problem = Omit<RecordingProblem, 'session'>;

/** A recording as it lies in a folder, beside what the log says of it. */
interface Compared {
  readonly problems: readonly Problem[];
  readonly inBucket: boolean;
}

/**
 * Holds a folder of recordings against the log, which is read afterwards: what began meanwhile is
 * not looked for. @throws UserError for what cannot be read
 */
export async function recordingsIn(folder: string): Promise<CheckRecordings> {
  const found = await readable(folder, () => sessionsIn(folder));
  return (stories) => readable(folder, () => check(folder, found, stories));
}

async function sessionsIn(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && isSessionFolder(entry.name));
  return new Set(folders.map(({ name }) => name));
}

async function check(
  folder: string,
  found: ReadonlySet<string>,
  stories: ReadonlyMap<string, RecordingStory>,
): Promise<RecordingsCheck> {
  const unknown = [...found].filter((session) => !stories.has(session));
  const tally: Tally = {
    ...{ intact: 0, removed: 0, inBucket: [], open: [], recovered: [], brokenOff: [] },
    uncovered: [],
    problems: unknown.map((session) => ({ session, file: null, problem: 'unknown' })),
  };
  for (const [session, story] of stories) {
    const own = found.has(session) ? path.join(folder, session) : null;
    await judge(session, story, own, tally);
  }
  return { folder, ...tally };
}

interface Tally {
  intact: number;
  removed: number;
  readonly problems: RecordingProblem[];
  readonly inBucket: string[];
  readonly open: string[];
  readonly recovered: string[];
  readonly brokenOff: string[];
  readonly uncovered: string[];
}

/** `folder`: null where there is none. */
async function judge(
  session: string,
  { closed, covered, removed }: RecordingStory,
  folder: string | null,
  tally: Tally,
): Promise<void> {
  if (removed && folder === null) {
    tally.removed += 1;
    return;
  }
  if (closed === null) {
    if (covered) tally.open.push(session);
    else if (folder !== null) tally.uncovered.push(session);
    return;
  }
  const { state, files } = closed;
  if (state === 'recovered') tally.recovered.push(session);
  else if (state !== 'complete') tally.brokenOff.push(session);
  const compared = folder === null ? absent(files) : await compare(folder, files, removed);
  tally.problems.push(...compared.problems.map((problem) => ({ session, ...problem })));
  if (compared.inBucket) tally.inBucket.push(session);
  else if (folder !== null && compared.problems.length === 0) tally.intact += 1;
}

function absent(files: readonly StoredFile[]): Compared {
  const problems = files.length === 0 ? [] : [{ file: null, problem: 'missing' } as const];
  return { problems, inBucket: false };
}

async function compare(
  folder: string,
  files: readonly StoredFile[],
  removed: boolean,
): Promise<Compared> {
  const names = (await readdir(folder)).filter(isRecorded);
  const known = new Map(files.map((file) => [file.name, file]));
  const problems: Problem[] = [];
  for (const name of names) {
    const file = known.get(name);
    if (file === undefined) problems.push({ file: name, problem: 'added' });
    else if (!(await isSame(path.join(folder, name), file))) {
      problems.push({ file: name, problem: 'changed' });
    }
  }
  // After the names: what was taken away meanwhile stands there now.
  const { stored } = await readUploadState(folder).catch(() => nothingStored);
  const elsewhere = files.filter(({ name }) => !names.includes(name));
  for (const file of elsewhere) {
    const noted = stored.find(({ name }) => name === file.name);
    if (noted === undefined) {
      if (!removed) problems.push({ file: file.name, problem: 'missing' });
    } else if (noted.sha256 !== file.sha256) {
      problems.push({ file: file.name, problem: 'changed' });
    }
  }
  return { problems, inBucket: elsewhere.length > 0 && problems.length === 0 };
}

function isRecorded(name: string): boolean {
  return name === metaFile || isTrackFile(name);
}

/** Anything but a plain file could keep its reader waiting for ever. */
async function isSame(place: string, { bytes, sha256 }: StoredFile): Promise<boolean> {
  const found = await lstat(place);
  if (!found.isFile() || found.size !== bytes) return false;
  return (await digestOf(place)).sha256 === sha256;
}

async function readable<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const hint = cause instanceof Error ? cause.message : '';
    const about = { code: 'USAGE', exitCode: exitCodes.usage, hint, cause };
    throw new UserError(`recordings in ${folder} cannot be read`, about);
  }
}
