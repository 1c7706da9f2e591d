import { GapBuffer } from '../core/gap-buffer.ts';
import { redactedText, type StreamMasker } from '../core/masking.ts';
import { writeStandIn } from '../core/stand-in.ts';
import { type ByteSet, runEnd } from './detectors/text.ts';
import type { Search, Span } from './search.ts';

/** How far detectors look back. */
const lookBehind = 2;
const nothing = Buffer.alloc(0);
/** Beyond what there is: what stands in for something short may be longer. */
const headroom = 64;

/** Holds back what the detectors call undecided: never more than the longest thing they find. */
export function createStreamMasker(search: Search): StreamMasker {
  return new HoldingStream(search);
}

class HoldingStream implements StreamMasker {
  readonly #search: Search;
  /** What may still be looked at: some that has left, then what is held back. */
  #bytes: Buffer = nothing;
  /** Where to look from: what begins before has been decided. */
  #from = 0;
  /** How much of `#bytes` has left, as it was or masked. */
  #left = 0;
  /** Up to where it left masked; what overlaps that has its mask already. */
  #masked = 0;
  /** Bytes that carry on what was masked before its end came. */
  #swallowing: ByteSet | null = null;

  constructor(search: Search) {
    this.#search = search;
  }

  get holding(): boolean {
    return this.#left < this.#bytes.length;
  }

  write(bytes: Buffer): Buffer {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const out = this.#advance(false);
    this.#forget();
    return out;
  }

  release(): Buffer {
    if (!this.holding) return nothing;
    const { decided } = this.#search.piece(this.#bytes, this.#from, false);
    const out = this.#advance(true);
    // What was cut off here may go on: it is looked at again, with what comes.
    if (this.#swallowing === null) this.#from = decided;
    this.#forget();
    return out;
  }

  end(): Buffer {
    const out = this.#advance(true);
    this.#bytes = nothing;
    this.#from = this.#left = this.#masked = 0;
    return out;
  }

  #advance(final: boolean): Buffer {
    const out = new GapBuffer(this.#bytes.length + headroom);
    while (this.#swallow()) {
      const { spans, decided } = this.#search.piece(this.#bytes, this.#from, final);
      if (spans.length === 0 && !out.begun) return this.#untouched(decided);
      for (const span of spans) {
        this.#replace(span, out);
        if (this.#swallowing !== null) break;
      }
      if (this.#swallowing !== null) continue;
      this.#pass(decided, out);
      this.#from = decided;
      break;
    }
    return out.written();
  }

  /** Nothing is masked up to there: it leaves without being copied. */
  #untouched(end: number): Buffer {
    const piece = this.#bytes.subarray(this.#left, Math.max(this.#left, end));
    this.#left += piece.length;
    this.#from = end;
    return piece;
  }

  /** False when all that there is belongs to what is swallowed. */
  #swallow(): boolean {
    if (this.#swallowing === null) return true;
    this.#left = runEnd(this.#bytes, this.#left, this.#bytes.length, this.#swallowing);
    this.#from = this.#masked = this.#left;
    if (!this.holding) return false;
    this.#swallowing = null;
    return true;
  }

  #replace(span: Span, out: GapBuffer): void {
    const { start, end, continues } = span;
    if (end <= this.#left) return;
    if (start >= this.#left) {
      this.#pass(start, out);
      writeStandIn(span, this.#bytes, out);
    } else if (this.#masked <= start) {
      // Its first half has left already.
      out.utf8(redactedText);
    }
    this.#left = this.#masked = end;
    this.#swallowing = continues;
  }

  #pass(end: number, out: GapBuffer): void {
    if (end <= this.#left) return;
    out.copy(this.#bytes, this.#left, end);
    this.#left = end;
  }

  #forget(): void {
    const before = Math.max(0, Math.min(this.#from, this.#left) - lookBehind);
    // Copied: what is kept must not keep what it was cut from.
    this.#bytes = Buffer.from(this.#bytes.subarray(before));
    this.#from -= before;
    this.#left -= before;
    this.#masked = Math.max(0, this.#masked - before);
  }
}
