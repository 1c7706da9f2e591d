import type { TextMasker } from '../core/masking.ts';
import { type Sought, type Span, scan, standIn } from './scan.ts';
import { createStreamMasker } from './stream-masker.ts';

/** What is looked at at once: of more, all that is found would be too much to hold. */
const pieceBytes = 65_536;

export function createTextMasker(sought: readonly Sought[]): TextMasker {
  const spansOf = (bytes: Buffer) => scan(sought, bytes, 0, true).spans;

  function mask(bytes: Buffer): Buffer {
    if (bytes.length > pieceBytes) {
      const masked = streamed(sought, bytes);
      return masked.equals(bytes) ? bytes : masked;
    }
    const spans = spansOf(bytes);
    if (spans.length === 0) return bytes;
    const goesOn = spans.some(({ continues }) => continues !== null);
    return goesOn ? streamed(sought, bytes) : replaced(bytes, spans);
  }

  return {
    mask,
    finds: (bytes) =>
      bytes.length > pieceBytes ? mask(bytes) !== bytes : spansOf(bytes).length > 0,
    mayFind: glance(sought),
    maskString(text) {
      const bytes = Buffer.from(text);
      const masked = mask(bytes);
      return masked === bytes ? text : masked.toString();
    },
    stream: () => createStreamMasker(sought),
  };
}

/** By the bytes that are needed, where every detector needs one. */
function glance(sought: readonly Sought[]): TextMasker['mayFind'] {
  const needed = new Uint8Array(256);
  for (const { detector } of sought) {
    if (detector.needs === undefined) return () => true;
    needed[detector.needs] = 1;
  }
  return (bytes, start, end) => {
    for (let at = start; at < end; at += 1) if (needed[bytes[at] ?? 0] === 1) return true;
    return false;
  };
}

function replaced(bytes: Buffer, spans: readonly Span[]): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const span of spans) {
    pieces.push(bytes.subarray(at, span.start), standIn(span, bytes));
    at = span.end;
  }
  pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces);
}

function streamed(sought: readonly Sought[], bytes: Buffer): Buffer {
  const stream = createStreamMasker(sought);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(stream.write(bytes.subarray(at, at + pieceBytes)));
  }
  return Buffer.concat([...pieces, stream.end()]);
}
