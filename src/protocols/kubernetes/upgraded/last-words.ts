import type { Refusal } from '../../../core/refusal.ts';
import type { LastWords, UpgradedAnswer } from '../../http/dialect.ts';
import { onlyValueOf } from '../../http/wire/header-list.ts';
import { statusAnswer } from '../faults.ts';
import {
  FrameWalker,
  spdyFrame,
  spdyHeadBytes,
  webSocketFrame,
  webSocketHeadBytes,
} from './frame-walker.ts';

/** Of the channels and streams of a remote command, the one that carries how it ended. */
const errorChannel = 3;
/** client-go opens it before all others, and clients' streams have odd numbers. */
const errorStream = 1;

/**
 * For a remote command (exec, attach) that the gateway ends: without a Status on its error channel
 * kubectl takes a connection that closes for a command that succeeded. Null for what has no such
 * channel, or one that is not binary.
 */
export function lastWordsOf({ protocol, headers }: UpgradedAnswer): LastWords | null {
  const webSocket = onlyValueOf(headers, 'sec-websocket-protocol');
  if (protocol.toLowerCase() === 'websocket') {
    if (webSocket === null || !/^v[45]\.channel\.k8s\.io$/.test(webSocket)) return null;
    const boundaries = new FrameWalker(webSocketFrame, webSocketHeadBytes);
    return { boundaries, words: (refusal) => webSocketWords(statusOf(refusal)) };
  }
  const version = onlyValueOf(headers, 'x-stream-protocol-version');
  if (protocol.toLowerCase() !== 'spdy/3.1' || version !== 'v4.channel.k8s.io') return null;
  const boundaries = new FrameWalker(spdyFrame, spdyHeadBytes);
  return { boundaries, words: (refusal) => spdyWords(statusOf(refusal)) };
}

function statusOf(refusal: Refusal): Buffer {
  return Buffer.from(statusAnswer(refusal).body);
}

/** A binary message on the channel, and a Close (RFC 6455, sections 5.2 and 5.5.1). */
function webSocketWords(status: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(status.length + 1);
  const head = Buffer.concat([Buffer.from([0x82, 126]), length, Buffer.from([errorChannel])]);
  return Buffer.concat([head, status, Buffer.from([0x88, 2, 0x03, 0xe8])]);
}

/** A data frame with FLAG_FIN (SPDY Protocol, draft 3.1, section 2.2.2). */
function spdyWords(status: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(errorStream);
  head.writeUInt32BE(status.length, 4);
  head.writeUInt8(0x01, 4);
  return Buffer.concat([head, status]);
}
