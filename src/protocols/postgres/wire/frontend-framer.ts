import { frontendType, isFrontendType } from './frontend-types.ts';
import { MessageGatherer } from './message-gatherer.ts';
import type { Span } from './span.ts';
import { WireError } from './wire-error.ts';

/** One whole message, in the chunk that it came with or gathered from several. */
export interface MessageFrame extends Span {
  readonly kind: 'message';
  readonly type: number;
}

export type FrontendFrame =
  | MessageFrame
  /**
   * A stretch of one or more CopyData messages, headers included, as it arrived; `ends` when
   * it stops at the end of a message. All pieces in order are exactly what the client sent.
   */
  | { readonly kind: 'copyData'; readonly piece: Buffer; readonly ends: boolean };

export interface FrontendFramer {
  /** Throws WireError; after that the stream cannot be trusted and the framer not be used. */
  push(chunk: Buffer): FrontendFrame[];
  /** True between messages: nothing is half read. */
  readonly atBoundary: boolean;
}

/** As the server has it (PQ_LARGE_MESSAGE_LIMIT): a CopyData is never held in memory here. */
const maxCopyDataLength = 0x3fff_fffe;

type State =
  | { readonly at: 'header'; readonly gathered: MessageGatherer }
  | { readonly at: 'body'; readonly type: number; readonly gathered: MessageGatherer }
  | { readonly at: 'copyData'; left: number }
  | { readonly at: 'boundary' };

/** Cuts a client's bytes, in whatever chunks they come, into messages (55.7, after startup). */
export function createFrontendFramer(limits: { readonly maxMessageBytes: number }): FrontendFramer {
  let state: State = { at: 'boundary' };

  /** Reads one message or the part of it that is there; returns where it stopped. */
  function step(chunk: Buffer, start: number, out: FrontendFrame[]): number {
    switch (state.at) {
      case 'boundary':
        return fromBoundary(chunk, start, out);
      case 'header': {
        const { gathered } = state;
        const end = start + gathered.take(chunk, start);
        if (gathered.missing === 0) afterHeader(gathered.whole(), out);
        return end;
      }
      case 'body': {
        const { type, gathered } = state;
        const end = start + gathered.take(chunk, start);
        if (gathered.missing === 0) {
          out.push(gatheredFrame(type, gathered.whole()));
          state = { at: 'boundary' };
        }
        return end;
      }
      case 'copyData':
        return throughCopyData(chunk, start, start, out);
      default:
        return state satisfies never;
    }
  }

  function fromBoundary(chunk: Buffer, start: number, out: FrontendFrame[]): number {
    const there = chunk.length - start;
    if (there < 5) {
      checkType(chunk[start]);
      const gathered = new MessageGatherer(5);
      state = { at: 'header', gathered };
      return start + gathered.take(chunk, start);
    }
    const type = checkType(chunk[start]);
    const length = checkLength(type, chunk.readInt32BE(start + 1));
    if (type === frontendType.copyData) {
      state = { at: 'copyData', left: length - 4 };
      return throughCopyData(chunk, start, start + 5, out);
    }
    const end = start + 1 + length;
    if (end <= chunk.length) {
      out.push({ kind: 'message', type, bytes: chunk, start, end });
      return end;
    }
    const gathered = new MessageGatherer(length + 1);
    state = { at: 'body', type, gathered };
    return start + gathered.take(chunk, start);
  }

  function afterHeader(header: Buffer, out: FrontendFrame[]): void {
    const type = checkType(header[0]);
    const length = checkLength(type, header.readInt32BE(1));
    if (type === frontendType.copyData) {
      state = length === 4 ? { at: 'boundary' } : { at: 'copyData', left: length - 4 };
      out.push({ kind: 'copyData', piece: header, ends: length === 4 });
      return;
    }
    if (length === 4) {
      state = { at: 'boundary' };
      out.push(gatheredFrame(type, header));
      return;
    }
    const gathered = new MessageGatherer(length + 1);
    gathered.take(header, 0);
    state = { at: 'body', type, gathered };
  }

  /** Passes on all CopyData that follow each other as one piece, without copying. */
  function throughCopyData(
    chunk: Buffer,
    pieceStart: number,
    dataStart: number,
    out: FrontendFrame[],
  ): number {
    let left = state.at === 'copyData' ? state.left : 0;
    let at = dataStart;
    for (;;) {
      const taken = Math.min(left, chunk.length - at);
      at += taken;
      left -= taken;
      if (left > 0 || chunk.length - at < 5 || chunk[at] !== frontendType.copyData) break;
      left = checkLength(frontendType.copyData, chunk.readInt32BE(at + 1)) - 4;
      at += 5;
    }
    state = left > 0 ? { at: 'copyData', left } : { at: 'boundary' };
    out.push({ kind: 'copyData', piece: chunk.subarray(pieceStart, at), ends: left === 0 });
    return at;
  }

  function checkLength(type: number, length: number): number {
    if (length < 4) throw new WireError('BAD_LENGTH', 'message length is too small');
    const limit = type === frontendType.copyData ? maxCopyDataLength : limits.maxMessageBytes - 1;
    if (length > limit) {
      throw new WireError('TOO_LONG', `message of ${length + 1} bytes; the limit is ${limit + 1}`);
    }
    return length;
  }

  return {
    push(chunk) {
      const out: FrontendFrame[] = [];
      for (let at = 0; at < chunk.length; ) at = step(chunk, at, out);
      return out;
    },
    get atBoundary() {
      return state.at === 'boundary';
    },
  };
}

export function isTerminate(frame: FrontendFrame): boolean {
  return frame.kind === 'message' && frame.type === frontendType.terminate;
}

function gatheredFrame(type: number, bytes: Buffer): MessageFrame {
  return { kind: 'message', type, bytes, start: 0, end: bytes.length };
}

function checkType(type: number | undefined): number {
  if (type === undefined || !isFrontendType(type)) {
    throw new WireError('UNKNOWN_TYPE', `unknown message type ${type ?? 'none'}`);
  }
  return type;
}
