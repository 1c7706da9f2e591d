import type { TerminalRecorder } from '../core/recording.ts';
import { blankTerminal, type TerminalTrack } from './terminal-track.ts';

/** The terminals of one recording, those too that are still being opened. */
export class Terminals {
  readonly #tracks = new Set<TerminalTrack>();
  readonly #opening = new Set<Promise<unknown>>();
  #closed = false;

  /** One that comes when they are closed is not opened. Throws what `open` does. */
  async add(open: () => Promise<TerminalTrack>): Promise<TerminalRecorder> {
    if (this.#closed) return blankTerminal;
    const opening = this.#open(open);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  mark(label: string): void {
    for (const track of this.#tracks) track.mark(label);
  }

  /** Nothing is written to any of them once it resolves. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#opening);
    for (const track of this.#tracks) await track.close();
  }

  async #open(open: () => Promise<TerminalTrack>): Promise<TerminalRecorder> {
    const track = await open();
    if (this.#closed) {
      await track.close();
      return blankTerminal;
    }
    this.#tracks.add(track);
    return track;
  }
}
