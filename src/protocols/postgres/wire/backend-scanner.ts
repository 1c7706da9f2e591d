import { isBackendType } from './backend-types.ts';
import { MessageGatherer } from './message-gatherer.ts';
import { WireError } from './wire-error.ts';

export type BackendSegment =
  /** Bytes of messages of no interest: whole ones, or a part as it arrived. A view of the chunk. */
  | { readonly kind: 'pass'; readonly bytes: Buffer }
  /** One whole message of interest, header included. */
  | { readonly kind: 'message'; readonly type: number; readonly raw: Buffer };

export interface BackendScanner {
  /** All segments in order are exactly what came in. Throws WireError, and is done then. */
  push(chunk: Buffer): BackendSegment[];
  /** True where a message of ours may be put in: what was handed out ends with a message. */
  readonly atBoundary: boolean;
  /** A part of a message of interest is kept back until its rest has come. */
  readonly holding: boolean;
}

export interface BackendScannerLimits {
  /** Most bytes of one message of interest; others are never held. */
  readonly maxBufferedBytes: number;
}

/**
 * The hot path of replies: walks message headers, hands on everything between messages of
 * interest in runs as long as the chunk allows. `interest` is asked once for each message.
 */
export function createBackendScanner(
  limits: BackendScannerLimits,
  interest: (type: number) => boolean,
): BackendScanner {
  /** Body bytes of an uninteresting message still to come. */
  let passing = 0;
  /** An uninteresting message whose header is cut: its bytes are handed on, its length awaited. */
  let cutHeader: MessageGatherer | null = null;
  /** A message of interest, of unknown length (header only) or known. */
  let held: { readonly gathered: MessageGatherer; readonly header: boolean } | null = null;

  /** Continues what the last chunk left unfinished; returns where the next message starts. */
  function resume(chunk: Buffer, out: BackendSegment[]): number {
    let at = 0;
    while (held !== null && at < chunk.length) {
      const { gathered, header } = held;
      at += gathered.take(chunk, at);
      if (gathered.missing > 0) return at;
      held = null;
      const raw = gathered.whole();
      if (!header) {
        out.push({ kind: 'message', type: raw[0] ?? 0, raw });
        return at;
      }
      holdOrHandOut(raw, out);
    }
    return at;
  }

  function holdOrHandOut(header: Buffer, out: BackendSegment[]): void {
    const length = heldLength(header, 0);
    if (length === 4) {
      out.push({ kind: 'message', type: header[0] ?? 0, raw: header });
      return;
    }
    const gathered = new MessageGatherer(length + 1);
    gathered.take(header, 0);
    held = { gathered, header: false };
  }

  /** Finishes a passed message that began in an earlier chunk; returns where it ends. */
  function resumePassing(chunk: Buffer, start: number): number {
    let at = start;
    if (cutHeader !== null) {
      at += cutHeader.take(chunk, at);
      if (cutHeader.missing > 0) return at;
      passing = messageLength(cutHeader.whole(), 0) - 4;
      cutHeader = null;
    }
    const taken = Math.min(passing, chunk.length - at);
    passing -= taken;
    return at + taken;
  }

  function heldLength(bytes: Buffer, at: number): number {
    const length = messageLength(bytes, at);
    if (length >= limits.maxBufferedBytes) {
      throw new WireError('TOO_LONG', `server message of ${length + 1} bytes is over the limit`);
    }
    return length;
  }

  function push(chunk: Buffer): BackendSegment[] {
    const out: BackendSegment[] = [];
    const runStart = resume(chunk, out);
    walk(chunk, runStart, out);
    return out;
  }

  function walk(chunk: Buffer, start: number, out: BackendSegment[]): void {
    const size = chunk.length;
    let runStart = start;
    let at = resumePassing(chunk, start);
    while (at < size) {
      const type = chunk[at] ?? 0;
      if (!isBackendType(type))
        throw new WireError('UNKNOWN_TYPE', `unknown server message ${type}`);
      const cut = size - at < 5;
      if (!interest(type)) {
        if (cut) {
          cutHeader = new MessageGatherer(5);
          at += cutHeader.take(chunk, at);
        } else {
          const end = at + 1 + messageLength(chunk, at);
          at = Math.min(end, size);
          passing = end - at;
        }
        continue;
      }
      if (at > runStart) out.push({ kind: 'pass', bytes: chunk.subarray(runStart, at) });
      at = takeInterest(chunk, at, type, cut, out);
      runStart = at;
    }
    if (size > runStart) out.push({ kind: 'pass', bytes: chunk.subarray(runStart, size) });
  }

  function takeInterest(
    chunk: Buffer,
    at: number,
    type: number,
    cut: boolean,
    out: BackendSegment[],
  ): number {
    const length = cut ? 4 : heldLength(chunk, at);
    const end = at + 1 + length;
    if (!cut && end <= chunk.length) {
      out.push({ kind: 'message', type, raw: chunk.subarray(at, end) });
      return end;
    }
    const gathered = new MessageGatherer(length + 1);
    held = { gathered, header: cut };
    return at + gathered.take(chunk, at);
  }

  return {
    push,
    get atBoundary() {
      return passing === 0 && cutHeader === null;
    },
    get holding() {
      return held !== null;
    },
  };
}

function messageLength(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at + 1);
  if (length < 4) throw new WireError('BAD_LENGTH', 'server message length is too small');
  return length;
}
