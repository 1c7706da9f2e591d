import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePacket, string, uint32 as u32 } from '../../../../src/protocols/ssh/wire/encode.ts';
import {
  createReplyFramer,
  createRequestFramer,
  type PacketFrame,
  type PacketFramer,
} from '../../../../src/protocols/ssh/wire/packet-framer.ts';
import { replyType, requestType } from '../../../../src/protocols/ssh/wire/packet-types.ts';
import { encodeData } from '../../../../src/protocols/ssh/wire/reply/data.ts';
import { encodeOnePath } from '../../../../src/protocols/ssh/wire/request/one-path.ts';
import { encodeWrite } from '../../../../src/protocols/ssh/wire/request/read-write.ts';
import { WireFault } from '../../../../src/protocols/ssh/wire/wire-fault.ts';
import { bytes, pathBytes, sizes, splitAt, uint32, uint64 } from './splits.ts';

const limits = { maxPacketBytes: 5000, maxWholeBytes: 1000 };

function refusedAs(framer: PacketFramer, sent: Buffer): string {
  try {
    framer.push(sent);
  } catch (error) {
    if (error instanceof WireFault) return error.code;
    throw error;
  }
  return 'accepted';
}

const requests = () => createRequestFramer(limits);
const replies = () => createReplyFramer(limits);
const bytesOf = (frame: PacketFrame) => (frame.kind === 'piece' ? frame.bytes : frame.raw);
const start = (length: number, type: number) => Buffer.concat([u32(length), Buffer.from([type])]);

describe('SFTP framer', () => {
  test('refuses an unknown type as soon as it is there', () => {
    expect(refusedAs(requests(), start(9, 21))).toBe('UNKNOWN_TYPE');
    expect(refusedAs(requests(), start(9, replyType.handle))).toBe('UNKNOWN_TYPE');
    expect(refusedAs(replies(), start(9, requestType.open))).toBe('UNKNOWN_TYPE');
  });

  test('pitfall 15: refuses hostile lengths before taking memory for them', () => {
    for (const length of [0, 1, 4]) {
      expect(refusedAs(requests(), start(length, requestType.open))).toBe('BAD_LENGTH');
    }
    for (const length of [0xffff_ffff, 0x7fff_ffff, 997]) {
      expect(refusedAs(requests(), start(length, requestType.open))).toBe('TOO_LONG');
      expect(refusedAs(replies(), start(length, replyType.name))).toBe('TOO_LONG');
    }
    expect(refusedAs(requests(), start(4997, requestType.write))).toBe('TOO_LONG');
    expect(refusedAs(replies(), start(4997, replyType.data))).toBe('TOO_LONG');
  });

  test('refuses a WRITE whose contents do not fill its packet exactly', () => {
    const write = encodeWrite({ id: 1, handle: Buffer.from('h'), offset: 0n }, Buffer.from('abc'));
    for (const wrong of [2, 4, 0xffff_ffff]) {
      const raw = Buffer.from(write);
      raw.writeUInt32BE(wrong, raw.length - 7);
      expect(refusedAs(requests(), raw)).toBe('BAD_LENGTH');
    }
  });

  test('refuses a WRITE that ends inside its head, or has too long a handle', () => {
    const short = encodePacket(requestType.write, u32(1), string('h'), Buffer.alloc(11));
    expect(refusedAs(requests(), short)).toBe('BAD_LENGTH');
    const long = encodePacket(requestType.write, u32(1), string(Buffer.alloc(257)));
    expect(refusedAs(requests(), long)).toBe('BAD_HANDLE');
  });

  test('refuses a DATA whose contents do not fill its packet exactly', () => {
    const raw = encodeData(1, Buffer.from('abc'));
    raw.writeUInt32BE(2, 9);
    expect(refusedAs(replies(), raw)).toBe('BAD_LENGTH');
  });

  test('pitfall 8: any split gives the same packets, and loses nothing', () => {
    const write = fc
      .tuple(uint32, bytes(256), uint64, bytes(300))
      .map(([id, handle, offset, contents]) => encodeWrite({ id, handle, offset }, contents));
    const other = fc
      .tuple(uint32, pathBytes)
      .map(([id, path]) => encodeOnePath({ kind: 'stat', id, path }));
    fc.assert(
      fc.property(fc.array(fc.oneof(write, other), { maxLength: 12 }), sizes, (packets, cuts) => {
        const whole = Buffer.concat(packets);
        const framer = requests();
        const out = splitAt(whole, cuts).flatMap((piece) => framer.push(piece));
        expect(Buffer.concat(out.map(bytesOf)).equals(whole)).toBe(true);
        expect(joined(out)).toEqual(packets);
      }),
    );
  });

  test('contents go on as they arrive, and are not collected', () => {
    const raw = encodeData(1, Buffer.alloc(4000, 7));
    const framer = replies();
    const [first, second] = [framer.push(raw.subarray(0, 100)), framer.push(raw.subarray(100))];
    expect(first).toMatchObject([{ kind: 'head', headLength: 13, ends: false }]);
    expect(first.map((frame) => bytesOf(frame).length)).toEqual([100]);
    expect(second).toMatchObject([{ kind: 'piece', ends: true }]);
  });

  test('arbitrary bytes never do worse than a WireFault', () => {
    fc.assert(
      fc.property(bytes(200), sizes, (input, cuts) => {
        for (const framer of [requests(), replies()]) {
          try {
            for (const piece of splitAt(input, cuts)) framer.push(piece);
          } catch (error) {
            expect(error).toBeInstanceOf(WireFault);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** Packets put together again, by what the frames say about their ends. */
function joined(frames: readonly PacketFrame[]): Buffer[] {
  const packets: Buffer[] = [];
  const open: Buffer[] = [];
  for (const frame of frames) {
    open.push(bytesOf(frame));
    if (frame.kind === 'packet' || frame.ends) packets.push(Buffer.concat(open.splice(0)));
  }
  return packets;
}
