import type { Eventual } from '../../../core/eventual.ts';
import { statusCode } from '../wire/packet-types.ts';
import type { OpenUse } from './describe-open.ts';
import type { ClearedFile, FileOutcome } from './file-action.ts';
import { FileContents } from './file-contents.ts';
import type { ResolvedPlace } from './path-resolver.ts';
import { failureText } from './status-words.ts';

/** Where a handle came from; the file may have another name by now. */
export interface HandleOrigin {
  /** As sent. */
  readonly path: Buffer;
  readonly places: readonly ResolvedPlace[];
}

/** Contents that went through a handle, in one direction. */
export interface Transfer {
  readonly path: string;
  readonly direction: 'upload' | 'download';
  readonly bytes: number;
  readonly sha256: string | null;
}

/** `operation`: the number of the one that opened the file. */
export type Transferred = (transfer: Transfer, operation: number) => Eventual<void>;

interface Told {
  readonly outcome: FileOutcome;
  readonly message: string;
}

interface Opened {
  readonly use: OpenUse;
  readonly changes: boolean;
  readonly transferred: Transferred;
}

/**
 * A file that the server opened because a decision let it: what it may be used for, and what
 * was done with it. The operation is over when the file is closed.
 */
export class OpenFile {
  readonly kind = 'file';
  readonly use: OpenUse;
  readonly origin: HandleOrigin;
  /** From the client. */
  readonly received = new FileContents();
  /** To the client. */
  readonly sent = new FileContents();
  readonly #transferred: Transferred;
  readonly #changes: boolean;
  readonly #clearance: ClearedFile;
  /** Set when CLOSE leaves: a handle is not used behind that. */
  closing = false;
  #read = 0;
  #written = 0;
  #unanswered = 0;
  #copied = false;
  #failure: string | null = null;

  constructor(clearance: ClearedFile, origin: HandleOrigin, opened: Opened) {
    this.#clearance = clearance;
    this.origin = origin;
    this.use = opened.use;
    this.#changes = opened.changes;
    this.#transferred = opened.transferred;
  }

  /** So many bytes of it are on their way to the client. */
  readBytes(count: number): void {
    this.#read += count;
  }

  /** Contents leave for the server, which has to say what became of them. */
  writeSent(): void {
    this.#unanswered += 1;
  }

  writeAnswered(bytes: number | 'copied', code: number, message: string): void {
    this.#unanswered -= 1;
    if (code !== statusCode.ok) this.#failure ??= failureText(code, message);
    else if (bytes === 'copied') this.#copied = true;
    else this.#written += bytes;
  }

  async closed(code: number, message: string): Promise<void> {
    const told = this.#whenClosed(code, message);
    await this.#tell();
    await this.#clearance.settle(told.outcome, told.message);
  }

  /** The session ended and left it open. */
  async lost(): Promise<void> {
    const told = this.#whenLost();
    await this.#tell();
    await this.#clearance.settle(told.outcome, told.message);
  }

  async #tell(): Promise<void> {
    const path = this.origin.path.toString('utf8');
    for (const direction of ['upload', 'download'] as const) {
      const contents = direction === 'upload' ? this.received : this.sent;
      const { bytes } = contents;
      // An empty file that was written has been transferred all the same.
      if (bytes === 0 && (direction === 'upload') !== this.use.writable) continue;
      const transfer = { path, direction, bytes, sha256: contents.sha256() };
      await this.#transferred(transfer, this.#clearance.number);
    }
  }

  #whenClosed(code: number, text: string): Told {
    const done = this.#done();
    if (this.#failure !== null) return { outcome: 'failed', message: `${done}; ${this.#failure}` };
    if (code !== statusCode.ok) {
      return { outcome: 'failed', message: `${done}; closing: ${failureText(code, text)}` };
    }
    if (this.#unanswered > 0) {
      return { outcome: 'unknown', message: `${done}; not all writes were answered` };
    }
    return { outcome: 'succeeded', message: done };
  }

  /** What was read has been seen, closed or not; of what was written some may not be there. */
  #whenLost(): Told {
    const message = `${this.#done()}; the session ended before the file was closed`;
    if (this.#changes) return { outcome: 'unknown', message };
    return { outcome: this.#read > 0 ? 'succeeded' : 'failed', message };
  }

  #done(): string {
    const read = this.#read > 0 || !this.use.writable ? [`read ${this.#read} bytes`] : [];
    const wrote = this.use.writable ? [`wrote ${this.#written} bytes`] : [];
    const copied = this.#copied ? ['had the server copy into it'] : [];
    return [...read, ...wrote, ...copied].join(', ');
  }
}

/** A folder that is listed; that operation was over when it was opened. */
export interface OpenFolder {
  readonly kind: 'folder';
  closing: boolean;
  readonly origin: HandleOrigin;
}
