import type { Eventual } from './eventual.ts';

/** One value of a row, as the client got it. */
export type RecordedValue =
  | string
  | null
  /** Not text: its bytes, while they are few. */
  | { readonly hex: string }
  /** Too long to keep: its length, and where it is text how it begins. */
  | { readonly bytes: number; readonly start?: string };

/** How the target answered one statement. */
export interface SqlAnswer {
  readonly type: 'answer';
  /** `SELECT 5`; null for an error, an empty statement, a function call, or a portal with more rows. */
  readonly tag: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Names; null where the answer did not tell them. */
  readonly columns: readonly string[] | null;
  /** The first rows. */
  readonly rows: readonly (readonly RecordedValue[])[];
  /** All of what the client got for it. */
  readonly bytes: number;
  /** Of COPY data, in either direction, where there was any. */
  readonly copied?: number;
}

/** What runs in a channel of its own: an SSH channel, a `kubectl exec`. */
export interface ChannelStart {
  readonly type: 'channel';
  readonly channel: number;
  readonly kind: string;
  readonly command: string | null;
}

/** Output of a channel without a terminal, as far as it is kept. */
export interface ChannelOutput {
  readonly type: 'output';
  readonly channel: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface ChannelEnd {
  readonly type: 'channel_end';
  readonly channel: number;
  /** Exit status, `signal KILL`, or null when nobody said. */
  readonly exit: number | string | null;
  /** Bytes, whether or not they are kept. */
  readonly stdout: number;
  readonly stderr: number;
  /** Null for a terminal: what is typed is never recorded, not even how long it is. */
  readonly stdin: { readonly bytes: number; readonly sha256: string } | null;
  /** Of a program that transfers files in a protocol of its own: how many were told apart. */
  readonly transfer?: {
    readonly files: number;
    /** Why others were not, or not all is known of them; null where it is. */
    readonly gaveUp: string | null;
  };
}

/**
 * Why a file is not known to have arrived. `refused`: one of the ends said so. `incomplete`: the
 * transfer ended in the middle of it. `unanswered`: it ended before who got it had said anything.
 */
export type TransferProblem = 'refused' | 'incomplete' | 'unanswered';

/** A file that was transferred. */
export interface FileTransfer {
  readonly type: 'file';
  readonly channel: number;
  readonly path: string;
  /**
   * As the sender calls it, where only the other end knows whether that is a new name for `path`
   * or one inside of it.
   */
  readonly name?: string;
  readonly direction: 'upload' | 'download';
  /** That went through; of rsync the size of the file, however little of it had to be sent. */
  readonly bytes: number;
  /**
   * Of these bytes, hex; null where there were none because it was refused, or where they did not
   * come in order, or were not all of the file, so that there is no one digest of them.
   */
  readonly sha256: string | null;
  readonly problem?: TransferProblem;
  /** Of the end that refused it. */
  readonly message?: string;
}

/** An HTTP request and its answer. */
export interface HttpExchange {
  readonly type: 'exchange';
  readonly method: string;
  readonly path: string;
  /** Null when no answer came. */
  readonly status: number | null;
  /** Bytes of bodies. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Milliseconds from the request until its answer had ended. */
  readonly tookMs: number;
  /** Why the client was not given the answer, or all of it. */
  readonly withheld?: string;
}

export type SessionNote =
  | SqlAnswer
  | ChannelStart
  | ChannelOutput
  | ChannelEnd
  | FileTransfer
  | HttpExchange;

export interface TerminalStart {
  readonly channel: number;
  readonly columns: number;
  readonly rows: number;
  /** TERM; null where nobody said. */
  readonly term: string | null;
  readonly command: string | null;
}

/** What a terminal shows. What is typed is no part of it. */
export interface TerminalRecorder {
  output(bytes: Buffer): Eventual<void>;
  resized(columns: number, rows: number): Eventual<void>;
  ended(exit: number | string | null): Eventual<void>;
}

/**
 * Takes down one session. Everything here is bounded: a promise means that the recording is
 * behind, and nothing more may be let through until it resolves. Throws, or rejects, with a
 * `RefusedError` RECORDING_UNAVAILABLE once the session cannot be recorded any more.
 */
export interface SessionRecorder {
  /** First rows of an answer that are kept. */
  readonly rowLimit: number;
  /** Bytes of a channel's output that are kept, where it is no terminal. */
  readonly outputLimit: number;
  /** Numbers what runs in channels of its own: 1 is the first. */
  nextChannel(): number;
  /** `operation`: the number of the one that it came of; null where that is none alone. */
  note(note: SessionNote, operation: number | null): Eventual<void>;
  terminal(start: TerminalStart): Promise<TerminalRecorder>;
}
