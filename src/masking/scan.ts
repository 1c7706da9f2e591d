import type { Mask, MaskedSpan } from '../core/masking.ts';
import type { Detector, Found } from './detectors/detector.ts';
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

/** Looks from `from` on; what stands before is only there to be looked back at. */
export function scan(sought: readonly Sought[], bytes: Buffer, from: number, final: boolean): Scan {
  const text = wholeText(bytes);
  const spans: Span[] = [];
  let undecided = bytes.length;
  for (const one of sought) {
    const found = { add: (start: number, end: number) => spans.push(spanOf(one, start, end)) };
    const open = one.detector.scan(text, from, final, found);
    undecided = Math.min(undecided, open);
  }
  const apart = sought.length === 1 ? spans : united(spans);
  const decided = beforeSpans(apart, undecided);
  return { spans: apart.filter(({ start }) => start < decided), decided };
}

/** All that is found in a text that is whole. */
export function spansIn(seekers: readonly Seeker[], text: Text): readonly Span[] {
  if (seekers.length === 1) return seekers[0]?.spans(text) ?? nothingFound;
  let spans: Span[] | null = null;
  for (const seeker of seekers) {
    const found = seeker.spans(text);
    if (found.length > 0) spans = spans === null ? [...found] : spans.concat(found);
  }
  return spans === null ? nothingFound : united(spans);
}

const nothingFound: readonly Span[] = [];

/** One of the detectors, used again and again: where it finds nothing, no object is made. */
export class Seeker implements Sought, Found {
  readonly detector: Detector;
  readonly mask: Mask;
  #spans: Span[] | null = null;

  constructor({ detector, mask }: Sought) {
    this.detector = detector;
    this.mask = mask;
  }

  /** What it finds in a text that is whole. */
  spans(text: Text): readonly Span[] {
    this.#spans = null;
    this.detector.scan(text, text.start, true, this);
    return this.#spans ?? nothingFound;
  }

  add(start: number, end: number): void {
    const span = spanOf(this, start, end);
    if (this.#spans === null) this.#spans = [span];
    else this.#spans.push(span);
  }
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
