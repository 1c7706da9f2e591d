import { GapBuffer } from '../core/gap-buffer.ts';
import type { MaskedSpan, TextMasker } from '../core/masking.ts';
import { writeStandIn } from '../core/stand-in.ts';
import { createGlance } from './glance.ts';
import { Search, type Sought } from './search.ts';
import { createStreamMasker } from './stream-masker.ts';

/** What is looked at at once: of more, all that is found would be too much to hold. */
const pieceBytes = 65_536;
/** Beyond the value's own length: what stands in for something short may be longer. */
const headroom = 64;

export function createTextMasker(sought: readonly Sought[]): TextMasker {
  const search = new Search(sought);
  const glance = createGlance(search.sought);

  function find(bytes: Buffer, start: number, end: number): readonly MaskedSpan[] | null {
    if (end - start > pieceBytes) return null;
    const wanted = glance(bytes, start, end);
    if (wanted === 0) return nothingFound;
    const spans = search.whole({ bytes, start, end }, wanted);
    for (const { continues } of spans) if (continues !== null) return null;
    return spans;
  }

  function mask(bytes: Buffer): Buffer {
    const spans = find(bytes, 0, bytes.length);
    if (spans === null) return streamed(search, bytes);
    return spans.length === 0 ? bytes : replaced(bytes, spans);
  }

  return {
    needs: neededByAll(sought),
    mask,
    finds(bytes) {
      const spans = find(bytes, 0, bytes.length);
      return spans === null ? mask(bytes) !== bytes : spans.length > 0;
    },
    mayFind: (bytes, start, end) => glance(bytes, start, end) !== 0,
    find,
    maskString(text) {
      const bytes = Buffer.from(text);
      const masked = mask(bytes);
      return masked === bytes ? text : masked.toString();
    },
    stream: () => createStreamMasker(search),
  };
}

function neededByAll(sought: readonly Sought[]): number | null {
  const first = sought[0]?.detector.needs?.indexOf(1) ?? -1;
  const isOnly = ({ detector }: Sought) =>
    detector.needs?.indexOf(1) === first && detector.needs.lastIndexOf(1) === first;
  return first !== -1 && sought.every(isOnly) ? first : null;
}

const nothingFound: readonly MaskedSpan[] = [];

function replaced(bytes: Buffer, spans: readonly MaskedSpan[]): Buffer {
  const out = new GapBuffer(bytes.length + headroom);
  let at = 0;
  for (const span of spans) {
    out.copy(bytes, at, span.start);
    writeStandIn(span, bytes, out);
    at = span.end;
  }
  out.copy(bytes, at, bytes.length);
  return out.written();
}

/** The very same bytes where nothing was found. */
function streamed(search: Search, bytes: Buffer): Buffer {
  const stream = createStreamMasker(search);
  const out = new GapBuffer(bytes.length + headroom);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = stream.write(bytes.subarray(at, at + pieceBytes));
    out.copy(piece, 0, piece.length);
  }
  const last = stream.end();
  out.copy(last, 0, last.length);
  const masked = out.written();
  return masked.equals(bytes) ? bytes : masked;
}
