import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type FrameHead,
  FrameWalker,
  spdyFrame,
  spdyHeadBytes,
  webSocketFrame,
  webSocketHeadBytes,
} from '../../../src/protocols/kubernetes/upgraded/frame-walker.ts';

interface Message {
  readonly bytes: Buffer;
  /** A control frame: a message may end here or not, whatever was before. */
  readonly between: boolean;
}

const payload = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 65_530, max: 65_540 }),
);

const webSocket = fc
  .tuple(payload, fc.boolean(), fc.constantFrom(0x2, 0x1, 0x0, 0x9))
  .map(([length, fin, opcode]): Message => {
    const control = opcode === 0x9;
    const size = control ? Math.min(length, 125) : length;
    const head =
      size < 126
        ? Buffer.from([0, size])
        : size < 65_536
          ? Buffer.from([0, 126, size >> 8, size & 255])
          : Buffer.from([0, 127, 0, 0, 0, 0, 0, size >> 16, (size >> 8) & 255, size & 255]);
    head[0] = opcode | (fin || control ? 0x80 : 0);
    return { bytes: Buffer.concat([head, Buffer.alloc(size, 0x82)]), between: control };
  });

const spdy = payload.map((length): Message => {
  const head = Buffer.alloc(8);
  head.writeUIntBE(length, 5, 3);
  return { bytes: Buffer.concat([head, Buffer.alloc(length, 0x80)]), between: false };
});

/** Where messages end, told by the frames themselves. */
function endsOf(messages: readonly Message[], fin: (bytes: Buffer) => boolean): number[] {
  const ends: number[] = [];
  let at = 0;
  let open = false;
  for (const { bytes, between } of messages) {
    at += bytes.length;
    if (!between) open = !fin(bytes);
    if (!open) ends.push(at);
  }
  return ends;
}

function walked(chunks: readonly Buffer[], head: FrameHead, maxHead: number): number[] {
  const walker = new FrameWalker(head, maxHead);
  const ends: number[] = [];
  let before = 0;
  for (let chunk of chunks) {
    while (chunk.length > 0) {
      const end = walker.toBoundary(chunk);
      if (end === null) {
        before += chunk.length;
        break;
      }
      before += end;
      ends.push(before);
      chunk = chunk.subarray(end);
    }
  }
  return ends;
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 });
const few = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });

test.each([
  { name: 'WebSocket', frames: webSocket, head: webSocketFrame, max: webSocketHeadBytes },
  { name: 'SPDY', frames: spdy, head: spdyFrame, max: spdyHeadBytes },
])('ends of $name messages are found however the bytes are cut', ({ frames, head, max }) => {
  fc.assert(
    fc.property(fc.array(frames, { maxLength: 6 }), fc.oneof(sizes, few), (messages, at) => {
      const bytes = Buffer.concat(messages.map((message) => message.bytes));
      const fin = (frame: Buffer) => max === spdyHeadBytes || ((frame[0] ?? 0) & 0x80) !== 0;
      expect(walked(cut(bytes, at), head, max)).toEqual(endsOf(messages, fin));
    }),
  );
});

test('a stream that passes leaves the walker where its frames do', () => {
  fc.assert(
    fc.property(fc.array(webSocket, { minLength: 1, maxLength: 6 }), sizes, (messages, at) => {
      const bytes = Buffer.concat(messages.map((message) => message.bytes));
      const walker = new FrameWalker(webSocketFrame, webSocketHeadBytes);
      for (const chunk of cut(bytes, at)) walker.passed(chunk);
      const fin = (frame: Buffer) => ((frame[0] ?? 0) & 0x80) !== 0;
      expect(walker.betweenMessages).toBe(endsOf(messages, fin).at(-1) === bytes.length);
    }),
  );
});
