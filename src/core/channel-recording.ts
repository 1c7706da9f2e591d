import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { andThen, type Eventual } from './eventual.ts';
import type { ChannelEnd, SessionRecorder, TerminalRecorder } from './recording.ts';
import type { TransferNote, TransferReader } from './transfer-reader.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ChannelAbout {
  /** `shell`, `exec`, `sftp`, `attach`. */
  readonly kind: string;
  readonly command: string | null;
  /** The number of the operation that it is; null where each that runs in it is decided apart. */
  readonly operation: number | null;
  /** Null where it has none. */
  readonly terminal: (TerminalSize & { readonly term: string | null }) | null;
  /** Where it transfers files in a protocol of its own; of no use beside a terminal. */
  readonly transfer?: TransferReader | null;
}

export type OutputStream = 'stdout' | 'stderr';

/**
 * What one program says to its client, and how much it is sent. With a terminal, all that it
 * shows and nothing of what is typed. Without one, the beginning of its output while that is text,
 * and of its input the length and SHA-256. Where files are transferred, each of them, and nothing
 * of standard output, which has their contents, unless it turns out to be no transfer at all.
 */
export class ChannelRecording {
  readonly #recorder: SessionRecorder;
  readonly #channel: number;
  readonly #operation: number | null;
  readonly #terminal: TerminalRecorder | null;
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  readonly #bytes = { stdout: 0, stderr: 0 };
  readonly #input = createHash('sha256');
  readonly #transfer: TransferReader | null;
  #files = 0;
  /** Of notes about files: those of input and of output come from two sides. */
  #noted: Eventual<void> = undefined;
  #inputBytes = 0;
  #room: number;
  #ended = false;

  private constructor(
    recorder: SessionRecorder,
    channel: number,
    own: {
      readonly operation: number | null;
      readonly terminal: TerminalRecorder | null;
      readonly transfer: TransferReader | null;
    },
  ) {
    this.#recorder = recorder;
    this.#channel = channel;
    const { operation, terminal, transfer } = own;
    this.#operation = operation;
    this.#terminal = terminal;
    this.#transfer = transfer;
    this.#room = terminal === null ? recorder.outputLimit : 0;
  }

  /** To be awaited before anything runs in the channel. Rejects with a RefusedError. */
  static async open(recorder: SessionRecorder, about: ChannelAbout): Promise<ChannelRecording> {
    const { kind, command, operation } = about;
    const channel = recorder.nextChannel();
    await recorder.note({ type: 'channel', channel, kind, command }, operation);
    const { terminal, transfer = null } = about;
    const own = { operation, transfer };
    if (terminal === null) return new ChannelRecording(recorder, channel, { ...own, terminal });
    const shown = await recorder.terminal({ channel, command, ...terminal });
    return new ChannelRecording(recorder, channel, { operation, transfer: null, terminal: shown });
  }

  get number(): number {
    return this.#channel;
  }

  /** Before the client is given it. */
  output(stream: OutputStream, bytes: Buffer): Eventual<void> {
    this.#bytes[stream] += bytes.length;
    if (this.#terminal !== null) return this.#terminal.output(bytes);
    const found = stream === 'stdout' ? this.#transfer?.output(bytes) : null;
    if (found) return this.#noteAll(found);
    if (this.#room > 0) return this.#keep(stream, bytes);
  }

  /** Before the program is given it. */
  input(bytes: Buffer): Eventual<void> {
    if (this.#terminal !== null || this.#ended) return;
    this.#inputBytes += bytes.length;
    this.#input.update(bytes);
    if (this.#transfer !== null) return this.#noteAll(this.#transfer.input(bytes));
  }

  resized({ columns, rows }: TerminalSize): Eventual<void> {
    return this.#terminal?.resized(columns, rows);
  }

  /** Exit status, the name of a signal, or null where nobody said. Once; later calls do nothing. */
  ended(exit: number | string | null): Eventual<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#terminal !== null) {
      return andThen(this.#terminal.ended(exit), () => this.#noteEnd(exit));
    }
    this.#noteAll(this.#transfer?.ended(exit) ?? []);
    return andThen(this.#noted, () => this.#noteEnd(exit));
  }

  #noteEnd(exit: number | string | null): Eventual<void> {
    const gaveUp = this.#transfer?.gaveUp ?? null;
    const end: ChannelEnd = {
      ...{ type: 'channel_end', channel: this.#channel, exit, ...this.#bytes },
      stdin:
        this.#terminal === null
          ? { bytes: this.#inputBytes, sha256: this.#input.digest('hex') }
          : null,
      ...(this.#transfer === null ? {} : { transfer: { files: this.#files, gaveUp } }),
    };
    return this.#recorder.note(end, null);
  }

  #noteAll(notes: readonly TransferNote[]): Eventual<void> {
    if (notes.length === 0) return;
    this.#files += notes.filter(({ kind }) => kind === 'file').length;
    for (const note of notes) this.#noted = andThen(this.#noted, () => this.#noteOne(note));
    return this.#noted;
  }

  #noteOne(note: TransferNote): Eventual<void> {
    if (note.kind === 'said') return this.#keep('stdout', Buffer.from(`${note.text}\n`));
    const file = { type: 'file', channel: this.#channel, ...note.file } as const;
    return this.#recorder.note(file, this.#operation);
  }

  #keep(stream: OutputStream, bytes: Buffer): Eventual<void> {
    const kept = bytes.subarray(0, this.#room);
    this.#room -= kept.length;
    // No text: an archive, a file. It is counted from here on.
    if (kept.includes(0)) {
      this.#room = 0;
      return;
    }
    const text = this.#decoders[stream].write(kept);
    if (text === '') return;
    return this.#recorder.note({ type: 'output', channel: this.#channel, stream, text }, null);
  }
}
