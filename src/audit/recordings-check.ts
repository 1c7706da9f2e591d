import { type Finding, gap, tampered } from './finding.ts';
import type { RecordingStory } from './recording-stories.ts';

/** A recording, or one file of it, that is not as the log says. */
export interface RecordingProblem {
  readonly session: string;
  /** Null: all of it. */
  readonly file: string | null;
  readonly problem:
    | 'changed'
    | 'added'
    | 'missing'
    | 'unknown'
    /** Something lies in its place that is no folder: a link, say. */
    | 'replaced'
    /** It was removed, as the log says, and is there. */
    | 'returned'
    | 'unreadable';
}

/** Recordings that were held against what the log says of them. Lists are of sessions. */
export interface RecordingsCheck {
  readonly folder: string;
  /** How many are, byte for byte, as they were when they were closed. */
  readonly intact: number;
  /** How many are gone, and the log says so. */
  readonly removed: number;
  readonly problems: readonly RecordingProblem[];
  /** Some of their files are there alone, so that nobody looked at them. */
  readonly inBucket: readonly string[];
  /** Not closed yet, so that nothing is known of them. */
  readonly open: readonly string[];
  /** Closed when the gateway was started after a crash, as they lay there then. */
  readonly recovered: readonly string[];
  /** They could not be recorded to their end, or at all. */
  readonly brokenOff: readonly string[];
  /** Of older gateways, whose log does not say what they hold. */
  readonly uncovered: readonly string[];
}

/** Looks at them, once it is known what the log says; by session. */
export type CheckRecordings = (
  stories: ReadonlyMap<string, RecordingStory>,
) => Promise<RecordingsCheck>;

/** `whole`: no record is missing, so that what the log does not know was never in it. */
export function recordingFindings(
  { problems }: RecordingsCheck,
  whole: boolean,
): readonly Finding[] {
  return problems.filter(({ problem }) => whole || problem !== 'unknown').map(findingOf);
}

function findingOf({ session, file, problem }: RecordingProblem): Finding {
  const what = file === null ? `the recording of ${session}` : `${file} of ${session}`;
  switch (problem) {
    case 'changed':
      return tampered(null, `${what} was changed: it is not what the log says that was recorded`);
    case 'added':
      return tampered(null, `${what} was added: the log does not have it`);
    case 'unknown':
      return tampered(null, `${what} is there, and the log does not know the session`);
    case 'replaced':
      return tampered(null, `${what} is no folder of its own: no gateway made it`);
    case 'returned':
      return tampered(null, `${what} is there, although the log says that it was removed`);
    case 'unreadable':
      return gap(null, `${what} cannot be read, so that nothing is known of it`);
    case 'missing':
      return gap(null, `${what} is missing, and no record says that it was removed`);
    default:
      return problem satisfies never;
  }
}
