import type { TextMasker } from '../../../core/masking.ts';
import type { UpgradedAnswer } from '../../http/dialect.ts';
import { onlyValueOf } from '../../http/wire/header-list.ts';
import { spdyFrame, webSocketFrame } from './frame-walker.ts';
import { type FrameMasking, MaskedFrames, type MaskedStreams } from './masked-frames.ts';

const output: ReadonlySet<number> = new Set([1, 2]);
const errorChannel = 3;
const finFlag = 0x01;

/** For exec and attach; null where the agreed protocol is none whose frames can be masked. */
export function maskedFrames(
  { protocol, headers }: UpgradedAnswer,
  text: TextMasker,
): MaskedFrames | null {
  if (protocol.toLowerCase() === 'spdy/3.1') return new MaskedFrames(spdy, text);
  const agreed = onlyValueOf(headers, 'sec-websocket-protocol') ?? '';
  const extended = onlyValueOf(headers, 'sec-websocket-extensions') !== null;
  // Its text variant is Base64, in which nothing can be found.
  if (extended || !/^(v[1-5]\.)?channel\.k8s\.io$/.test(agreed)) return null;
  return new MaskedFrames(webSocket(), text);
}

/** RFC 6455; a binary message begins with the number of its channel. */
function webSocket(): FrameMasking {
  let message: Buffer[] = [];

  function masked(frame: Buffer, streams: MaskedStreams): Buffer {
    const opcode = (frame[0] ?? 0) & 0x0f;
    if (opcode === 8) return Buffer.concat([streams.end(), frame]);
    if (opcode > 8) return frame;
    if (opcode === 1) throw new Error('a text message of a remote command cannot be masked');
    message.push(Buffer.from(payloadOf(frame)));
    if (((frame[0] ?? 0) & 0x80) === 0) {
      if (message.length > 1000) throw new Error('a message has too many frames');
      return Buffer.alloc(0);
    }
    const whole = Buffer.concat(message);
    message = [];
    return maskedMessage(whole, streams);
  }

  return { headOf: webSocketFrame, masked, dataFrame: webSocketMessage };
}

function maskedMessage(message: Buffer, streams: MaskedStreams): Buffer {
  const channel = message[0] ?? 0;
  const bytes = message.subarray(1);
  // Empty ones tell that a channel is there.
  if (bytes.length === 0) return webSocketMessage(channel, bytes);
  if (output.has(channel)) return streams.write(channel, bytes);
  if (channel !== errorChannel) return webSocketMessage(channel, bytes);
  // How it ended comes behind all that it said.
  return Buffer.concat([streams.end(), webSocketMessage(channel, streams.text.mask(bytes))]);
}

function payloadOf(frame: Buffer): Buffer {
  const second = frame[1] ?? 0;
  if ((second & 0x80) !== 0) throw new Error('a server masks no frames');
  const short = second & 0x7f;
  if (short < 126) return frame.subarray(2);
  return frame.subarray(short === 126 ? 4 : 10);
}

function webSocketMessage(channel: number, bytes: Buffer): Buffer {
  const length = bytes.length + 1;
  const head = Buffer.alloc(length < 126 ? 3 : length < 65_536 ? 5 : 11);
  head[0] = 0x82;
  if (length < 126) head[1] = length;
  else if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  head[head.length - 1] = channel;
  return Buffer.concat([head, bytes]);
}

/** SPDY Protocol, draft 3.1, section 2.2: control frames pass, data is masked by its stream. */
const spdy: FrameMasking = {
  headOf: spdyFrame,
  dataFrame: (stream, bytes) => spdyData(stream, bytes, 0),
  masked(frame, streams) {
    if (((frame[0] ?? 0) & 0x80) !== 0) return frame;
    const stream = frame.readUInt32BE(0);
    const data = frame.subarray(8);
    const out = data.length === 0 ? data : streams.write(stream, data);
    if (((frame[4] ?? 0) & finFlag) === 0) return data.length === 0 ? frame : out;
    return Buffer.concat([out, spdyData(stream, streams.endOf(stream), finFlag)]);
  },
};

function spdyData(stream: number, bytes: Buffer, flags: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(stream);
  head.writeUInt32BE(bytes.length, 4);
  head.writeUInt8(flags, 4);
  return Buffer.concat([head, bytes]);
}
