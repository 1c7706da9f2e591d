import type { Mask } from '../core/masking.ts';
import type { ByteSet, Detector } from './detectors/detector.ts';
import { strictest } from './strategies.ts';

/** A detector, and what is done to what it finds. */
export interface Sought {
  readonly detector: Detector;
  readonly mask: Mask;
}

/** What is to be masked: `[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly mask: Mask;
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
  const spans: Span[] = [];
  let undecided = bytes.length;
  for (const { detector, mask } of sought) {
    const limit = detector.continues;
    const open = detector.scan(bytes, from, final, (start, end) => {
      const isCut = limit !== undefined && end - start === limit.longest;
      spans.push({ start, end, mask, continues: isCut ? limit.by : null });
    });
    undecided = Math.min(undecided, open);
  }
  const apart = sought.length === 1 ? spans : united(spans);
  const decided = beforeSpans(apart, undecided);
  return { spans: apart.filter(({ start }) => start < decided), decided };
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

/** What stands for these bytes; nothing, where the mask says that there is no value. */
export function standIn({ mask, start, end }: Span, bytes: Buffer): Buffer {
  return Buffer.from(mask.apply(bytes.toString('utf8', start, end)) ?? '');
}
