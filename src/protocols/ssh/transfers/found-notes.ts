import { nothingFound, type TransferNote } from '../../../core/transfer-reader.ts';

/** What was found in one piece, up to the end of it. */
export class FoundNotes {
  #notes: TransferNote[] = [];

  add(note: TransferNote): void {
    this.#notes.push(note);
  }

  take(): readonly TransferNote[] {
    if (this.#notes.length === 0) return nothingFound;
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }
}
