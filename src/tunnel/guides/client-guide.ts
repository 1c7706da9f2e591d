import type { Listening } from '../listeners.ts';

export type Place = Listening['place'];

/** A program of this machine, to be run in its terminal. */
export interface LocalProgram {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to what this process has. */
  readonly environment: Readonly<Record<string, string>>;
  /** What to do when the machine does not have it. */
  readonly install?: string;
}

/** How `connect` was asked for a command. */
export interface CommandAsked {
  /** Empty when there was none. */
  readonly words: readonly string[];
  /** Whether a command gets a terminal, where the protocol knows of such. */
  readonly terminal: boolean;
}

/** How ordinary clients are pointed at one connection. */
export interface ClientGuide {
  /** What a Unix socket must be called for clients to find it. */
  readonly socketName: string;
  /** A file that clients need, with what it is to say; null where they need none. */
  readonly file: { readonly name: string; readonly text: (place: Place) => string } | null;
  /** Null where a URL alone would not do. */
  url(place: Place): string | null;
  /** A command line to copy, for a POSIX shell. `file`: where the file was written. */
  commandLine(place: Place, file: string): string;
  /**
   * What to run with a tunnel that is open here. Null when no command was given and the
   * protocol has no client of its own.
   */
  program(place: Place, asked: CommandAsked, file: string): LocalProgram | null;
  /** For clients that open a tunnel by themselves, and so need no place here. */
  readonly direct: DirectGuide | null;
}

export interface DirectGuide {
  commandLine(asked: CommandAsked): string;
  program(asked: CommandAsked): LocalProgram;
}
