import type { TextMasker } from '../core/masking.ts';
import { type Sought, type Span, scan, standIn } from './scan.ts';
import { createStreamMasker } from './stream-masker.ts';

/** What is looked at at once, of what has to be read as a stream. */
const pieceBytes = 65_536;

export function createTextMasker(sought: readonly Sought[]): TextMasker {
  const spansOf = (bytes: Buffer) => scan(sought, bytes, 0, true).spans;

  function mask(bytes: Buffer): Buffer {
    const spans = spansOf(bytes);
    if (spans.length === 0) return bytes;
    const goesOn = spans.some(({ continues }) => continues !== null);
    return goesOn ? streamed(sought, bytes) : replaced(bytes, spans);
  }

  return {
    mask,
    finds: (bytes) => spansOf(bytes).length > 0,
    maskString(text) {
      const bytes = Buffer.from(text);
      const masked = mask(bytes);
      return masked === bytes ? text : masked.toString();
    },
    stream: () => createStreamMasker(sought),
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
