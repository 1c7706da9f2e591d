import type { AuditRecord, ClosedState } from '../core/audit-record.ts';
import type { StoredFile } from '../core/stored-file.ts';
import { type Finding, gap, tampered } from './finding.ts';

type Of<Type extends AuditRecord['type']> = Extract<AuditRecord, { type: Type }>;

/** What the log says of one session's recording. */
export interface RecordingStory {
  readonly began: number;
  /** Not so in records of older gateways, which say no more of it. */
  readonly covered: boolean;
  readonly required: boolean;
  /** Whether the log tells of an operation in it. */
  ran: boolean;
  closed: {
    readonly seq: number;
    readonly state: ClosedState;
    /** It holds nothing. */
    readonly empty: boolean;
    /** None, too, where they were not asked for. */
    readonly files: readonly StoredFile[];
  } | null;
  /** By retention, or because somebody erased it. */
  removed: boolean;
}

/** Reads the records for what they say of recordings. */
export interface RecordingStories {
  see(record: AuditRecord): void;
  findings(): readonly Finding[];
  /** By session. */
  all(): ReadonlyMap<string, RecordingStory>;
}

/** `whole`: from the first record; `withFiles`: somebody is going to look at them. */
export function createRecordingStories(whole: boolean, withFiles: boolean): RecordingStories {
  const stories = new Map<string, RecordingStory>();
  const findings: Finding[] = [];
  /** Of the newest start; a gateway closes what is open before it says that it has started. */
  let started = 0;

  function began({ session, seq, recording }: Of<'session_began'>): string | null {
    if (stories.has(session)) return `session ${session} begins a second time`;
    const covered = recording !== undefined;
    const required = recording === 'required';
    stories.set(session, {
      began: seq,
      covered,
      required,
      ran: false,
      closed: null,
      removed: false,
    });
    return null;
  }

  function closed(record: Of<'recording_closed'>): string | null {
    const { session, seq, state } = record;
    const story = stories.get(session);
    const files = filesOf(record);
    if (files === null) return `it closes the recording of ${session}, and says not what it holds`;
    if (story === undefined) {
      return whole ? `it closes the recording of ${session}, which never began` : null;
    }
    if (story.closed !== null) return `the recording of ${session} is closed a second time`;
    story.closed = { seq, state, empty: files.length === 0, files: withFiles ? files : [] };
    return null;
  }

  /** A recording that another log tells of, of an earlier store, can be removed as well. */
  function removed({ session }: Of<'recording_removed'>): string | null {
    const story = stories.get(session);
    if (story === undefined) return null;
    story.removed = true;
    return story.covered && story.closed === null
      ? `the recording of ${session} is removed before it was closed`
      : null;
  }

  function problemIn(record: AuditRecord): string | null {
    switch (record.type) {
      case 'session_began':
        return began(record);
      case 'recording_closed':
        return closed(record);
      case 'recording_removed':
        return removed(record);
      default:
        return null;
    }
  }

  function erased({ sessions }: Of<'content_erased'>): void {
    for (const session of Array.isArray(sessions) ? sessions : []) {
      const story = stories.get(session);
      if (story !== undefined) story.removed = true;
    }
  }

  return {
    see(record) {
      if (record.type === 'gateway_started') started = record.seq;
      if (record.type === 'content_erased') erased(record);
      const problem = problemIn(record);
      if (problem !== null) findings.push(tampered(record.seq, `record ${record.seq}: ${problem}`));
      const story = hasRun(record) ? stories.get(record.session) : undefined;
      if (story !== undefined) story.ran = true;
    },
    findings: () => [
      ...findings,
      ...[...stories].flatMap(([session, story]) => missing(session, story, started) ?? []),
    ],
    all: () => stories,
  };
}

function hasRun(record: AuditRecord): record is Of<'operations_passed' | 'request_submitted'> {
  return record.type === 'operations_passed' || record.type === 'request_submitted';
}

function missing(session: string, story: RecordingStory, started: number): Finding | null {
  const { began, covered, required, ran, closed } = story;
  if (covered && closed === null && began < started) {
    return gap(began, `record ${began}: what the recording of ${session} holds is not in the log`);
  }
  // Nothing runs in it before that is open.
  if (closed === null || !closed.empty || !required || !ran) return null;
  const { seq } = closed;
  return gap(
    seq,
    `record ${seq}: something ran in ${session}, and nothing of its recording was there`,
  );
}

/** Null where a changed record has none. */
function filesOf({ files }: Of<'recording_closed'>): readonly StoredFile[] | null {
  return Array.isArray(files) && files.every(isFile) ? files : null;
}

function isFile(value: Partial<StoredFile> | null): value is StoredFile {
  const { name, bytes, sha256 } = value ?? {};
  return typeof name === 'string' && typeof bytes === 'number' && typeof sha256 === 'string';
}
