import type { FileTransfer } from './recording.ts';

export type TransferredFile = Omit<FileTransfer, 'type' | 'channel'>;

/** How a file is called in a recording. */
export type FilePlace = Pick<TransferredFile, 'path' | 'name'>;

/** As long as a path can be, for Linux. */
const longestPath = 4096;

/** What is kept of a path, however long its sender makes it. */
export function boundedPath(path: string): string {
  return path.length > longestPath ? `${path.slice(0, longestPath)}…` : path;
}

/** What a reader has found in what went by. */
export type TransferNote =
  | { readonly kind: 'file'; readonly file: TransferredFile }
  /** A message for people that belongs to no file; a line of its own. */
  | { readonly kind: 'said'; readonly text: string };

/** Of most pieces, which are contents. */
export const nothingFound: readonly TransferNote[] = [];

/**
 * Tells files apart in what a file transfer's program and its client send each other. It only
 * looks on: it never throws for what they say, and keeps a bounded amount of it. What one piece
 * says is found at once, so that there is never more of it than the piece is long.
 */
export interface TransferReader {
  /** From the client. */
  input(bytes: Buffer): readonly TransferNote[];
  /**
   * What the client is given of standard output. Null where that is no part of a transfer: then it
   * is kept as the output of any program.
   */
  output(bytes: Buffer): readonly TransferNote[] | null;
  /** Nothing more comes: what has begun stays as it is. `exit`: the program's, as it is recorded. */
  ended(exit: number | string | null): readonly TransferNote[];
  /** Why not all is known of all files, as a part of a sentence; null where it is. */
  readonly gaveUp: string | null;
}
