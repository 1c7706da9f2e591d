import type { Eventual } from '../core/eventual.ts';
import type { TerminalRecorder } from '../core/recording.ts';
import {
  type AsciicastCode,
  type AsciicastHeader,
  AsciicastLines,
  headerLine,
} from './asciicast.ts';
import { orNothing } from './recording-refusal.ts';
import type { Track } from './track.ts';

/** What becomes of a failure. */
type Guard = (work: () => Eventual<void>) => Eventual<void>;

/** Where a session goes on unrecorded. */
export const blankTerminal: TerminalRecorder = { output() {}, resized() {}, ended() {} };

/** A terminal as an asciicast. */
export class TerminalTrack implements TerminalRecorder {
  readonly #track: Track;
  readonly #lines = new AsciicastLines();
  readonly #began = performance.now();

  readonly #guard: Guard;

  private constructor(track: Track, guard: Guard) {
    this.#track = track;
    this.#guard = guard;
  }

  static async open(
    header: AsciicastHeader,
    guard: Guard,
    newTrack: (head: string) => Promise<Track>,
  ): Promise<TerminalTrack> {
    return new TerminalTrack(await newTrack(headerLine(header)), guard);
  }

  output(bytes: Buffer): Eventual<void> {
    const line = this.#lines.output(this.#now(), bytes);
    if (line !== null) return this.#guard(() => this.#track.append(line));
  }

  resized(columns: number, rows: number): Eventual<void> {
    return this.#line('r', `${columns}x${rows}`);
  }

  ended(exit: number | string | null): Eventual<void> {
    // The format has statuses alone.
    if (exit === null) return;
    return typeof exit === 'number' ? this.#line('x', `${exit}`) : this.#line('m', exit);
  }

  /** A point that a player can jump to. Its failure is told by the next output. */
  mark(label: string): void {
    orNothing(() => this.#line('m', label));
  }

  close(): Promise<void> {
    return this.#track.close();
  }

  #line(code: AsciicastCode, data: string): Eventual<void> {
    return this.#guard(() => this.#track.append(this.#lines.line(this.#now(), code, data)));
  }

  #now(): number {
    return performance.now() - this.#began;
  }
}
