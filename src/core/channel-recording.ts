import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { andThen, type Eventual } from './eventual.ts';
import type { SessionRecorder, TerminalRecorder } from './recording.ts';

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
}

export type OutputStream = 'stdout' | 'stderr';

/**
 * What one program says to its client, and how much it is sent. With a terminal, all that it
 * shows and nothing of what is typed. Without one, the beginning of its output while that is text,
 * and of its input the length and SHA-256.
 */
export class ChannelRecording {
  readonly #recorder: SessionRecorder;
  readonly #channel: number;
  readonly #terminal: TerminalRecorder | null;
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  readonly #bytes = { stdout: 0, stderr: 0 };
  readonly #input = createHash('sha256');
  #inputBytes = 0;
  #room: number;
  #ended = false;

  private constructor(
    recorder: SessionRecorder,
    channel: number,
    terminal: TerminalRecorder | null,
  ) {
    this.#recorder = recorder;
    this.#channel = channel;
    this.#terminal = terminal;
    this.#room = terminal === null ? recorder.outputLimit : 0;
  }

  /** To be awaited before anything runs in the channel. Rejects with a RefusedError. */
  static async open(recorder: SessionRecorder, about: ChannelAbout): Promise<ChannelRecording> {
    const { kind, command, operation } = about;
    const channel = recorder.nextChannel();
    await recorder.note({ type: 'channel', channel, kind, command }, operation);
    const { terminal } = about;
    if (terminal === null) return new ChannelRecording(recorder, channel, null);
    const shown = await recorder.terminal({ channel, command, ...terminal });
    return new ChannelRecording(recorder, channel, shown);
  }

  get number(): number {
    return this.#channel;
  }

  /** Before the client is given it. */
  output(stream: OutputStream, bytes: Buffer): Eventual<void> {
    this.#bytes[stream] += bytes.length;
    if (this.#terminal !== null) return this.#terminal.output(bytes);
    if (this.#room > 0) return this.#keep(stream, bytes);
  }

  input(bytes: Buffer): void {
    if (this.#terminal !== null) return;
    this.#inputBytes += bytes.length;
    this.#input.update(bytes);
  }

  resized({ columns, rows }: TerminalSize): Eventual<void> {
    return this.#terminal?.resized(columns, rows);
  }

  /** Exit status, the name of a signal, or null where nobody said. Once; later calls do nothing. */
  ended(exit: number | string | null): Eventual<void> {
    if (this.#ended) return;
    this.#ended = true;
    return andThen(this.#terminal?.ended(exit), () =>
      this.#recorder.note(
        {
          ...{ type: 'channel_end', channel: this.#channel, exit, ...this.#bytes },
          stdin:
            this.#terminal === null
              ? { bytes: this.#inputBytes, sha256: this.#input.digest('hex') }
              : null,
        },
        null,
      ),
    );
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
