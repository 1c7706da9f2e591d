import { PacketGatherer } from './packet-gatherer.ts';
import { isReplyType, isRequestType, replyType, requestType } from './packet-types.ts';
import { WireFault } from './wire-fault.ts';

export type PacketFrame =
  /** One whole packet, its length included. */
  | { readonly kind: 'packet'; readonly type: number; readonly raw: Buffer }
  /**
   * A packet of file contents begins: `raw` holds everything up to the contents, `headLength`
   * bytes, and as much of the contents as came along with it.
   */
  | {
      readonly kind: 'head';
      readonly type: number;
      readonly raw: Buffer;
      readonly headLength: number;
      readonly ends: boolean;
    }
  /** More contents of the packet that began. All frames in order are exactly what was sent. */
  | { readonly kind: 'piece'; readonly bytes: Buffer; readonly ends: boolean };

export interface PacketFramer {
  /** Throws WireFault; after that the stream cannot be trusted and the framer not be used. */
  push(chunk: Buffer): PacketFrame[];
}

export interface PacketLimits {
  /** Of any packet, its length included. */
  readonly maxPacketBytes: number;
  /** Of packets that are collected whole: all but file contents. */
  readonly maxWholeBytes: number;
}

/** Draft, section 6.2: a handle must not be longer. */
export const maxHandleBytes = 256;

/** What one side may send. */
interface Side {
  knows(type: number): boolean;
  /** The packet that carries file contents. */
  readonly contents: number;
  /**
   * Bytes in front of the contents, from those that are there; more than `start` has when it
   * takes more to know.
   */
  headLength(start: Buffer): number;
}

/** length, type, id, handle, offset, length of data */
const requests: Side = {
  knows: isRequestType,
  contents: requestType.write,
  headLength(start) {
    if (start.length < 13) return 13;
    const handle = start.readUInt32BE(9);
    if (handle > maxHandleBytes) throw new WireFault('BAD_HANDLE', 'handle is too long');
    return 13 + handle + 12;
  },
};

/** length, type, id, length of data */
const replies: Side = { knows: isReplyType, contents: replyType.data, headLength: () => 13 };

/** Cuts a client's bytes, in whatever chunks they come, into packets; WRITE is not collected. */
export function createRequestFramer(limits: PacketLimits): PacketFramer {
  return createFramer(requests, limits);
}

/** The same for a server's bytes; DATA is not collected. */
export function createReplyFramer(limits: PacketLimits): PacketFramer {
  return createFramer(replies, limits);
}

type State =
  | { readonly at: 'boundary' }
  /** `length` is null until the packet's own is known. */
  | { readonly at: 'gathering'; readonly gatherer: PacketGatherer; length: number | null }
  | { readonly at: 'contents'; left: number };

const startBytes = 5;

function createFramer(side: Side, limits: PacketLimits): PacketFramer {
  let state: State = { at: 'boundary' };

  /** Reads one packet or the part of it that is there; returns where it stopped. */
  function step(chunk: Buffer, at: number, out: PacketFrame[]): number {
    switch (state.at) {
      case 'boundary':
        return fromBoundary(chunk, at, out);
      case 'gathering':
        return gather(state, chunk, at, out);
      case 'contents': {
        const end = Math.min(chunk.length, at + state.left);
        state.left -= end - at;
        const ends = state.left === 0;
        if (ends) state = { at: 'boundary' };
        out.push({ kind: 'piece', bytes: chunk.subarray(at, end), ends });
        return end;
      }
      default:
        return state satisfies never;
    }
  }

  function fromBoundary(chunk: Buffer, at: number, out: PacketFrame[]): number {
    const there = chunk.subarray(at);
    if (there.length < startBytes) return beginGathering(startBytes, null, chunk, at);
    const length = checkStart(there);
    const needed = neededWhole(there, length);
    if (needed > there.length) return beginGathering(needed, length, chunk, at);
    const end = Math.min(there.length, length);
    emit(there.subarray(0, end), needed, length, out);
    return at + end;
  }

  function beginGathering(needed: number, length: number | null, chunk: Buffer, at: number) {
    const gatherer = new PacketGatherer(needed);
    state = { at: 'gathering', gatherer, length };
    return gatherer.take(chunk, at);
  }

  function gather(
    now: Extract<State, { at: 'gathering' }>,
    chunk: Buffer,
    at: number,
    out: PacketFrame[],
  ): number {
    const end = now.gatherer.take(chunk, at);
    if (now.gatherer.missing > 0) return end;
    const there = now.gatherer.gathered;
    now.length ??= checkStart(there);
    const needed = neededWhole(there, now.length);
    if (needed > there.length) now.gatherer.extendTo(needed);
    else emit(there, needed, now.length, out);
    return end;
  }

  /** How much of the packet must be there in one piece, from those bytes that are. */
  function neededWhole(there: Buffer, length: number): number {
    if (there[4] !== side.contents) return length;
    const head = side.headLength(there);
    if (head > length) throw new WireFault('BAD_LENGTH', 'packet ends before its contents');
    if (there.length >= head) {
      const announced = there.readUInt32BE(head - 4);
      if (announced !== length - head) {
        throw new WireFault('BAD_LENGTH', 'contents are not as long as their packet');
      }
    }
    return head;
  }

  function emit(raw: Buffer, needed: number, length: number, out: PacketFrame[]): void {
    const type = raw.readUInt8(4);
    const left = length - raw.length;
    state = left === 0 ? { at: 'boundary' } : { at: 'contents', left };
    if (type === side.contents) {
      out.push({ kind: 'head', type, raw, headLength: needed, ends: left === 0 });
    } else {
      out.push({ kind: 'packet', type, raw });
    }
  }

  /** Returns the length of the whole packet. */
  function checkStart(start: Buffer): number {
    const type = start.readUInt8(4);
    if (!side.knows(type)) throw new WireFault('UNKNOWN_TYPE', `unknown packet type ${type}`);
    const length = start.readUInt32BE(0) + 4;
    // Every packet has an id, or a version in its place.
    if (length < 9) throw new WireFault('BAD_LENGTH', 'packet is too short');
    const limit = type === side.contents ? limits.maxPacketBytes : limits.maxWholeBytes;
    if (length > limit) {
      throw new WireFault('TOO_LONG', `packet of ${length} bytes; the limit is ${limit}`);
    }
    return length;
  }

  return {
    push(chunk) {
      const out: PacketFrame[] = [];
      for (let at = 0; at < chunk.length; ) at = step(chunk, at, out);
      return out;
    },
  };
}
