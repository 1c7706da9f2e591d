import type { Gathering } from './gathering.ts';
import type { ShellWord } from './words.ts';

/** One command that some shell, or a command before it, starts. */
export interface Call {
  /** As written. */
  readonly name: string;
  readonly args: readonly ShellWord[];
  readonly out: Gathering;
  /** Judges the command that this one starts. */
  run(words: readonly ShellWord[]): void;
  /** Judges a text that a shell is told to run. */
  script(text: string): void;
}

export type Judge = (call: Call) => void;

export function strange(call: Call, option: string): void {
  call.out.opaque(`${call.name} is given ${option}, which may change what it runs`);
}

/** The same judge for many names. */
export function each(names: readonly string[], judge: Judge): [string, Judge][] {
  return names.map((name) => [name, judge]);
}
