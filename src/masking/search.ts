import type { Mask, MaskedSpan } from '../core/masking.ts';
import { AnchoredPass } from './detectors/anchored-pass.ts';
import type { Anchored, Detector, Found, Scanning } from './detectors/detector.ts';
import { type ByteSet, type Text, wholeText } from './detectors/text.ts';
import { strictest } from './strategies.ts';

/** A detector, and what is done to what it finds. */
export interface Sought {
  readonly detector: Detector;
  readonly mask: Mask;
}

export interface Span extends MaskedSpan {
  /** It is cut at its length limit: these bytes behind it belong to it. */
  readonly continues: ByteSet | null;
}

export interface Scan {
  /** Apart from each other, in order; what overlaps is one, with the strictest mask. */
  readonly spans: readonly Span[];
  /** Where the first thing may begin whose end is not known; spans begin before it. */
  readonly decided: number;
}

/** Of spans that overlap each other and what is undecided, in bytes. */
const longestChain = 65_536;

/**
 * Looks for all that is sought, again and again: where nothing is found, no object is made. Which
 * of it is looked for is said by bits, in the order of `sought`.
 */
export class Search {
  readonly sought: readonly Sought[];
  readonly #anchored: AnchoredPass | null;
  readonly #anchoredBits: number;
  readonly #scanning: readonly Seeker[];
  #spans: Span[] | null = null;

  constructor(sought: readonly Sought[]) {
    const anchored = sought.filter(isAnchored);
    const scanning = sought.filter(isScanning);
    this.sought = [...anchored, ...scanning];
    this.#anchored = anchored.length === 0 ? null : new AnchoredPass(anchored.map(detectorOf));
    this.#anchoredBits = (1 << anchored.length) - 1;
    this.#scanning = scanning.map((one, index) => ({
      detector: one.detector,
      bit: bitOf(anchored.length + index),
      found: { add: (start, end) => this.#add(one, start, end) },
    }));
  }

  /** All that is found in a text that is whole. */
  whole(text: Text, wanted: number): readonly Span[] {
    this.#look(text, text.start, true, wanted);
    return this.#apart();
  }

  /** Looks from `from` on; what stands before is only there to be looked back at. */
  piece(bytes: Buffer, from: number, final: boolean): Scan {
    const undecided = this.#look(wholeText(bytes), from, final, everything);
    const apart = this.#apart();
    const decided = beforeSpans(apart, undecided);
    return { spans: apart.filter(({ start }) => start < decided), decided };
  }

  #look(text: Text, from: number, final: boolean, wanted: number): number {
    this.#spans = null;
    let undecided = text.end;
    const anchored = wanted & this.#anchoredBits;
    if (anchored !== 0 && this.#anchored !== null) {
      undecided = this.#anchored.scan(text, from, final, anchored, this.#foundAnchored);
    }
    const scanning = this.#scanning;
    for (let index = 0; index < scanning.length; index += 1) {
      const seeker = scanning[index];
      if (seeker === undefined || (wanted & seeker.bit) === 0) continue;
      const open = seeker.detector.scan(text, from, final, seeker.found);
      if (open < undecided) undecided = open;
    }
    return undecided;
  }

  readonly #foundAnchored = (index: number, start: number, end: number): void => {
    const one = this.sought[index];
    if (one !== undefined) this.#add(one, start, end);
  };

  #add(one: Sought, start: number, end: number): void {
    const span = spanOf(one, start, end);
    if (this.#spans === null) this.#spans = [span];
    else this.#spans.push(span);
  }

  #apart(): readonly Span[] {
    const spans = this.#spans;
    this.#spans = null;
    if (spans === null) return nothingFound;
    return spans.length === 1 || this.sought.length === 1 ? spans : united(spans);
  }
}

interface Seeker {
  readonly detector: Scanning;
  readonly bit: number;
  readonly found: Found;
}

const nothingFound: readonly Span[] = [];
const everything = -1;
/** Beyond, the last ones share a bit: then one is looked for where another may be. */
const mostBits = 31;

/** Of what is sought at that place. */
export function bitOf(index: number): number {
  return 1 << Math.min(index, mostBits - 1);
}

function isAnchored(one: Sought): one is Sought & { readonly detector: Anchored } {
  return 'match' in one.detector;
}

function isScanning(one: Sought): one is Sought & { readonly detector: Scanning } {
  return 'scan' in one.detector;
}

function detectorOf<One>({ detector }: { readonly detector: One }): One {
  return detector;
}

function spanOf({ mask, detector }: Sought, start: number, end: number): Span {
  const limit = detector.continues;
  const isCut = limit !== undefined && end - start === limit.longest;
  return { start, end, mask, continues: isCut ? limit.by : null };
}

function united(spans: Span[]): Span[] {
  spans.sort((one, other) => one.start - other.start || one.end - other.end);
  const apart: Span[] = [];
  for (const span of spans) {
    const last = apart.at(-1);
    if (last === undefined || span.start >= last.end) apart.push(span);
    else apart[apart.length - 1] = union(last, span);
  }
  return apart;
}

function union(one: Span, other: Span): Span {
  return {
    start: one.start,
    end: Math.max(one.end, other.end),
    mask: strictest([one.mask, other.mask]) ?? one.mask,
    continues: one.end > other.end ? one.continues : other.continues,
  };
}

/** A span that reaches beyond what is decided may yet become one with what comes. */
function beforeSpans(spans: readonly Span[], undecided: number): number {
  for (let index = spans.length - 1; index >= 0; index -= 1) {
    const { start = 0, end = 0 } = spans[index] ?? {};
    if (end <= undecided) break;
    // Too much to hold back: it is masked now, and what it may become one with behind it.
    if (start < undecided) return undecided - start > longestChain ? undecided : start;
  }
  return undecided;
}
