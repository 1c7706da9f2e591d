import type { Eventual } from '../../../core/eventual.ts';
import type { FileTransfer } from '../../../core/recording.ts';
import { statusCode } from '../wire/packet-types.ts';
import type { OpenUse } from './describe-open.ts';
import type { ClearedFile, FileOutcome } from './file-action.ts';
import { FileContents } from './file-contents.ts';
import type { ResolvedPlace } from './path-resolver.ts';
import { failureText, type ServerStatus, serverWords } from './status-words.ts';

/** Where a handle came from; the file may have another name by now. */
export interface HandleOrigin {
  /** As sent. */
  readonly path: Buffer;
  readonly places: readonly ResolvedPlace[];
}

/** Contents that went through a handle, in one direction, or should have. */
export type Transfer = Omit<FileTransfer, 'type' | 'channel' | 'name'>;
type Direction = Transfer['direction'];
type Problem = Pick<Transfer, 'problem' | 'message'>;

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
  #failure: ServerStatus | null = null;
  #readFailure: ServerStatus | null = null;
  #readToEnd = false;

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

  /** The server answers by that instead of contents. */
  readEnded(status: ServerStatus): void {
    if (status.code === statusCode.eof) this.#readToEnd = true;
    else this.#readFailure ??= status;
  }

  writeAnswered(bytes: number | 'copied', status: ServerStatus): void {
    this.#unanswered -= 1;
    if (status.code !== statusCode.ok) this.#failure ??= status;
    else if (bytes === 'copied') this.#copied = true;
    else this.#written += bytes;
  }

  /** The server refused to; or, with null, the session ended before it had answered. */
  async notOpened(refusal: ServerStatus | null): Promise<void> {
    const problem = refusal === null ? incomplete : refused(refusal);
    await this.#tell(this.use.writable ? 'upload' : 'download', problem);
  }

  async closed(status: ServerStatus): Promise<void> {
    const told = this.#whenClosed(status);
    const failure = this.#failure ?? (status.code === statusCode.ok ? null : status);
    const pending = this.#unanswered > 0 ? unanswered : none;
    await this.#tellAll(failure === null ? pending : refused(failure), none);
    await this.#clearance.settle(told.outcome, told.message);
  }

  /** The session ended and left it open. */
  async lost(): Promise<void> {
    const told = this.#whenLost();
    const left = this.closing ? unanswered : incomplete;
    const read = this.closing || this.#readToEnd ? none : incomplete;
    await this.#tellAll(this.#failure === null ? left : refused(this.#failure), read);
    await this.#clearance.settle(told.outcome, told.message);
  }

  async #tellAll(written: Problem, read: Problem): Promise<void> {
    const { writable } = this.use;
    // An empty file that was written has been transferred all the same.
    if (writable) await this.#tell('upload', written);
    if (writable && this.sent.bytes === 0) return;
    await this.#tell('download', this.#readFailure === null ? read : refused(this.#readFailure));
  }

  async #tell(direction: Direction, problem: Problem): Promise<void> {
    const contents = direction === 'upload' ? this.received : this.sent;
    const { bytes } = contents;
    const nothing = bytes === 0 && problem.problem !== undefined;
    const sha256 = nothing ? null : contents.sha256();
    const transfer = { path: this.origin.path.toString('utf8'), direction, bytes, sha256 };
    await this.#transferred({ ...transfer, ...problem }, this.#clearance.number);
  }

  #whenClosed(status: ServerStatus): Told {
    const done = this.#done();
    if (this.#failure !== null) {
      return { outcome: 'failed', message: `${done}; ${failureText(this.#failure)}` };
    }
    if (status.code !== statusCode.ok) {
      return { outcome: 'failed', message: `${done}; closing: ${failureText(status)}` };
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

const none: Problem = {};
const incomplete: Problem = { problem: 'incomplete' };
const unanswered: Problem = { problem: 'unanswered' };

function refused(status: ServerStatus): Problem {
  return { problem: 'refused', message: serverWords(status) };
}

/** A folder that is listed; that operation was over when it was opened. */
export interface OpenFolder {
  readonly kind: 'folder';
  closing: boolean;
  readonly origin: HandleOrigin;
}
