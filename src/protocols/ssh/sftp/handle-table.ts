import { WireFault } from '../wire/wire-fault.ts';
import type { OpenFile, OpenFolder } from './open-file.ts';

export type OpenHandle = OpenFile | OpenFolder;

/** Handles that the server gave for what was decided. There are no others. */
export class HandleTable {
  readonly #open = new Map<string, OpenHandle>();

  get size(): number {
    return this.#open.size;
  }

  /**
   * The server may give a handle anew as soon as it has closed it. Throws WireFault for one
   * that is in use: what belongs to which decision could not be told any more.
   */
  add(handle: Buffer, opened: OpenHandle): void {
    const key = keyOf(handle);
    const before = this.#open.get(key);
    if (before !== undefined && !before.closing) {
      throw new WireFault('BAD_HANDLE', 'the server gave one handle twice');
    }
    this.#open.set(key, opened);
  }

  /** Null for a handle that the server never gave, or that is being closed. */
  find(handle: Buffer): OpenHandle | null {
    const opened = this.#open.get(keyOf(handle));
    return opened === undefined || opened.closing ? null : opened;
  }

  /** Only if it still stands for that: it may have been given anew. */
  forget(handle: Buffer, opened: OpenHandle): void {
    const key = keyOf(handle);
    if (this.#open.get(key) === opened) this.#open.delete(key);
  }

  /** What was never closed is told so. */
  async abandon(): Promise<void> {
    const left = [...this.#open.values()].filter(({ closing }) => !closing);
    this.#open.clear();
    await Promise.all(left.map((opened) => (opened.kind === 'file' ? opened.lost() : undefined)));
  }
}

function keyOf(handle: Buffer): string {
  return handle.toString('latin1');
}
