import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskedFrames } from '../../../src/protocols/kubernetes/upgraded/frame-masking.ts';
import {
  type FrameHead,
  spdyFrame,
  webSocketFrame,
} from '../../../src/protocols/kubernetes/upgraded/frame-walker.ts';
import { maskingOf, ruleWith } from '../../masking/questions.ts';
import { bytes as anyBytes, sizes, splitAt } from '../postgres/wire/splits.ts';

const text = maskingOf([ruleWith({ detectors: ['email', 'card', 'jwt'] })])?.text ?? null;

interface Said {
  readonly stream: number;
  readonly bytes: Buffer;
}

interface Wire {
  readonly protocol: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly head: FrameHead;
  frame(said: Said): Buffer;
  read(frame: Buffer): Said;
}

const webSocket: Wire = {
  protocol: 'websocket',
  headers: [['Sec-WebSocket-Protocol', 'v5.channel.k8s.io']],
  head: webSocketFrame,
  frame({ stream, bytes }) {
    const length = bytes.length + 1;
    const long = length > 125;
    const head = Buffer.from(long ? [0x82, 126, length >> 8, length & 255] : [0x82, length]);
    return Buffer.concat([head, Buffer.from([stream]), bytes]);
  },
  read(frame) {
    const at = (frame[1] ?? 0) < 126 ? 2 : 4;
    return { stream: frame[at] ?? 0, bytes: frame.subarray(at + 1) };
  },
};

const spdy: Wire = {
  protocol: 'SPDY/3.1',
  headers: [],
  head: spdyFrame,
  frame({ stream, bytes }) {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(stream);
    head.writeUInt32BE(bytes.length, 4);
    return Buffer.concat([head, bytes]);
  },
  read: (frame) => ({ stream: frame.readUInt32BE(0), bytes: frame.subarray(8) }),
};

function maskerFor({ protocol, headers }: Wire) {
  if (text === null) throw new Error('nothing is masked');
  return maskedFrames({ protocol, headers }, text);
}

/** What each stream says, of whole frames. */
function heard(wire: Wire, bytes: Buffer): Map<number, string> {
  const streams = new Map<number, string>();
  for (let at = 0; at < bytes.length; ) {
    const head = wire.head(bytes.subarray(at));
    if (head === null) throw new Error('a frame is cut');
    const { stream, bytes: said } = wire.read(bytes.subarray(at, at + head.length));
    streams.set(stream, (streams.get(stream) ?? '') + said.toString('latin1'));
    at += head.length;
  }
  return streams;
}

const secret = 'ann@example.com';
const parts = fc.oneof(
  fc
    .constantFrom(secret, 'ann@', 'exam', 'ple.com', ' ', '\n', '4111 1111 1111 1111')
    .map(Buffer.from),
  anyBytes(30),
);
const talk = fc.array(
  fc.record({ stream: fc.constantFrom(1, 2), bytes: parts.filter(({ length }) => length > 0) }),
  { maxLength: 20 },
);

describe.each([
  ['WebSocket', webSocket],
  ['SPDY', spdy],
])('frames of a remote command over %s', (_, wire) => {
  it('cut anywhere show what each stream shows whose text is masked whole', () => {
    fc.assert(
      fc.property(talk, sizes, (said, where) => {
        const masker = maskerFor(wire);
        if (masker === null || text === null) throw new Error('no such frames');
        const sent = Buffer.concat([...said.map(wire.frame)]);
        const out = splitAt(sent, where).map((piece) => masker.write(piece));
        const streams = heard(wire, Buffer.concat([...out, masker.end()]));
        for (const stream of [1, 2]) {
          const own = said.filter((each) => each.stream === stream).map(({ bytes }) => bytes);
          const whole = text.mask(Buffer.concat(own)).toString('latin1');
          expect(streams.get(stream) ?? '').toBe(whole);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('hold back half an address until it is due, and let it go in a frame', () => {
    const masker = maskerFor(wire);
    if (masker === null) throw new Error('no such frames');
    const first = masker.write(wire.frame({ stream: 1, bytes: Buffer.from('to ann') }));
    expect(heard(wire, first).get(1)).toBe('to ');
    expect(masker.dueIn).toBeGreaterThan(0);
    const rest = masker.write(wire.frame({ stream: 1, bytes: Buffer.from('@example.com;') }));
    expect(heard(wire, Buffer.concat([rest, masker.end()])).get(1)).toBe('[masked];');
  });
});

describe('what cannot be masked', () => {
  it.each([
    ['Base64', 'base64.channel.k8s.io', null],
    ['what was not agreed', '', null],
    ['compressed', 'v5.channel.k8s.io', 'permessage-deflate'],
  ])('is no remote command that is read: %s', (_, agreed, extension) => {
    const headers: [string, string][] = [['Sec-WebSocket-Protocol', agreed]];
    if (extension !== null) headers.push(['Sec-WebSocket-Extensions', extension]);
    expect(maskerFor({ ...webSocket, headers })).toBeNull();
  });

  it('ends it: text messages, masked frames, frames too long', () => {
    const text = Buffer.from([0x81, 2, 1, 0x61]);
    const masked = Buffer.from([0x82, 0x82, 0, 0, 0, 0, 1, 0x61]);
    const long = Buffer.from([0x82, 127, 0, 0, 0, 0, 0x7f, 0, 0, 0]);
    for (const frame of [text, masked, long]) {
      expect(() => maskerFor(webSocket)?.write(frame)).toThrow();
    }
  });
});
