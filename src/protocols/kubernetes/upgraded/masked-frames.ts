import type { TextMasker } from '../../../core/masking.ts';
import { TimedMasker } from '../../../net/timed-masker.ts';
import type { FrameHead } from './frame-walker.ts';

/** kubelets send 32 KiB at most. */
const maxFrameBytes = 4 * 1024 * 1024;
const maxStreams = 64;

/** Of a protocol: where frames end, and what becomes of each. */
export interface FrameMasking {
  readonly headOf: FrameHead;
  /** Throws for a frame that cannot be masked. */
  masked(frame: Buffer, streams: MaskedStreams): Buffer;
  /** A frame of data for the client. */
  dataFrame(stream: number, bytes: Buffer): Buffer;
}

/** What comes from the server over an upgraded connection, frame by frame, its streams masked. */
export class MaskedFrames {
  readonly #masking: FrameMasking;
  readonly #streams: MaskedStreams;
  #rest: Buffer = Buffer.alloc(0);

  constructor(masking: FrameMasking, text: TextMasker) {
    this.#masking = masking;
    this.#streams = new MaskedStreams(text, masking.dataFrame);
  }

  /** Whole frames of what has come so far. Throws for what no such server sends. */
  write(chunk: Buffer): Buffer {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const out: Buffer[] = [];
    for (;;) {
      const head = this.#masking.headOf(bytes);
      if (head !== null && head.length > maxFrameBytes) throw new Error('a frame is too long');
      if (head === null || bytes.length < head.length) break;
      out.push(this.#masking.masked(bytes.subarray(0, head.length), this.#streams));
      bytes = bytes.subarray(head.length);
    }
    this.#rest = Buffer.from(bytes);
    return Buffer.concat(out);
  }

  get dueIn(): number | null {
    return this.#streams.dueIn;
  }

  release(): Buffer {
    return this.#streams.release();
  }

  end(): Buffer {
    return this.#streams.end();
  }
}

/** The maskers of a connection's streams, each with what it holds back. */
export class MaskedStreams {
  readonly text: TextMasker;
  readonly #dataFrame: FrameMasking['dataFrame'];
  readonly #maskers = new Map<number, TimedMasker>();

  constructor(text: TextMasker, dataFrame: FrameMasking['dataFrame']) {
    this.text = text;
    this.#dataFrame = dataFrame;
  }

  write(stream: number, bytes: Buffer): Buffer {
    const known = this.#maskers.get(stream);
    if (known === undefined && this.#maskers.size >= maxStreams)
      throw new Error('too many streams');
    const masker = known ?? new TimedMasker(this.text.stream());
    if (known === undefined) this.#maskers.set(stream, masker);
    return this.#framed(stream, masker.write(bytes));
  }

  /** What a stream still holds, as it ends. */
  endOf(stream: number): Buffer {
    const held = this.#maskers.get(stream)?.end() ?? Buffer.alloc(0);
    this.#maskers.delete(stream);
    return held;
  }

  get dueIn(): number | null {
    const due = [...this.#maskers.values()].map(({ dueIn }) => dueIn).filter((at) => at !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  release(): Buffer {
    const due = [...this.#maskers].filter(([, { dueIn }]) => dueIn === 0);
    return Buffer.concat(due.map(([stream, masker]) => this.#framed(stream, masker.release())));
  }

  end(): Buffer {
    const all = [...this.#maskers.keys()];
    return Buffer.concat(all.map((stream) => this.#framed(stream, this.endOf(stream))));
  }

  #framed(stream: number, bytes: Buffer): Buffer {
    return bytes.length === 0 ? bytes : this.#dataFrame(stream, bytes);
  }
}
