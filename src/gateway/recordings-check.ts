import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { RecordingStory } from '../audit/recording-stories.ts';
import type {
  CheckRecordings,
  RecordingProblem,
  RecordingsCheck,
} from '../audit/recordings-check.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { isSessionFolder, isTrackFile } from '../recording/recording-files.ts';
import { metaFile } from '../recording/recording-meta.ts';
import { nothingStored, readUploadState } from '../recording/upload-state.ts';
import { compare, orNull, type Problem } from './compare-recording.ts';

/**
 * Holds a folder of recordings against the log, which is read between the listing of the folder
 * and the look at each recording: so what begins or ends meanwhile is told as it is.
 * @throws UserError for a folder that cannot be read
 */
export async function recordingsIn(folder: string): Promise<CheckRecordings> {
  const listed = await sessionsIn(folder);
  return (stories) => check(folder, listed, stories);
}

async function sessionsIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter(isSessionFolder);
  } catch (cause) {
    const hint = cause instanceof Error ? cause.message : '';
    const about = { code: 'USAGE', exitCode: exitCodes.usage, hint, cause };
    throw new UserError(`recordings in ${folder} cannot be read`, about);
  }
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

async function check(
  folder: string,
  listed: readonly string[],
  stories: ReadonlyMap<string, RecordingStory>,
): Promise<RecordingsCheck> {
  const tally: Tally = {
    ...{ intact: 0, removed: 0, inBucket: [], open: [], recovered: [], brokenOff: [] },
    ...{ uncovered: [], problems: [] },
  };
  const unknown = listed.filter((session) => !stories.has(session));
  for (const session of [...unknown, ...stories.keys()]) {
    try {
      await judge(session, stories.get(session) ?? null, path.join(folder, session), tally);
    } catch {
      tally.problems.push({ session, file: null, problem: 'unreadable' });
    }
  }
  return { folder, ...tally };
}

/** `story`: null where the log has none. */
async function judge(
  session: string,
  story: RecordingStory | null,
  folder: string,
  tally: Tally,
): Promise<void> {
  const found = await orNull(lstat(folder));
  const isFolder = found?.isDirectory() ?? false;
  const names = isFolder ? await orNull(namesIn(folder)) : null;
  const note = (problem: Problem) => tally.problems.push({ session, ...problem });
  if (found !== null && !isFolder) note({ file: null, problem: 'replaced' });
  else if (story === null) {
    if (names !== null) note({ file: null, problem: 'unknown' });
  } else if (names !== null) await judgeHere({ session, folder, names }, story, tally);
  else if (story.removed) tally.removed += 1;
  else if (story.closed === null) {
    if (story.covered) tally.open.push(session);
  } else {
    noteState(session, story.closed.state, tally);
    if (!story.closed.empty) note({ file: null, problem: 'missing' });
  }
}

interface Here {
  readonly session: string;
  readonly folder: string;
  readonly names: readonly string[];
}

async function judgeHere(here: Here, story: RecordingStory, tally: Tally): Promise<void> {
  const { session, folder, names } = here;
  const { closed, covered, removed } = story;
  const note = (problem: Problem) => tally.problems.push({ session, ...problem });
  const before = tally.problems.length;
  if (removed && names.length > 0 && !(await waitsForBucket(folder))) {
    note({ file: null, problem: 'returned' });
  }
  if (closed === null) {
    if (covered) tally.open.push(session);
    else if (!removed) tally.uncovered.push(session);
    return;
  }
  noteState(session, closed.state, tally);
  const { problems, inBucket } = await compare({ folder, names, removed, files: closed.files });
  for (const problem of problems) note(problem);
  if (inBucket) tally.inBucket.push(session);
  else if (tally.problems.length === before) tally.intact += 1;
}

function noteState(
  session: string,
  state: NonNullable<RecordingStory['closed']>['state'],
  { recovered, brokenOff }: Tally,
): void {
  if (state === 'recovered') recovered.push(session);
  else if (state !== 'complete') brokenOff.push(session);
}

/** Its removal goes on once that answers. */
async function waitsForBucket(folder: string): Promise<boolean> {
  const { stored, open } = await readUploadState(folder).catch(() => nothingStored);
  return stored.length > 0 || open !== null;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name === metaFile || isTrackFile(name));
}
