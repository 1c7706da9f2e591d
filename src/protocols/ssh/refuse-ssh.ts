import type { Duplex } from 'node:stream';
import type { Refusal } from '../../core/refusal.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { writeAll } from '../../net/write-all.ts';
import { refusalText } from './faults.ts';
import { soon } from './session-end.ts';
import { encodeDisconnect, uint32 } from './wire/connection/encode.ts';
import { disconnectReason } from './wire/connection/messages.ts';

const greeting = Buffer.from('SSH-2.0-hoopx\r\n');
const blockSize = 8;
const leastPadding = 4;

/**
 * Tells an SSH client why it cannot be carried to the gateway, and ends the stream. Before any
 * keys are exchanged, for this end has none that the client would take for the gateway's.
 */
export async function refuseSsh(stream: Duplex, refusal: Refusal): Promise<void> {
  absorbErrors(stream).resume();
  const goodbye = encodeDisconnect(disconnectReason.byApplication, refusalText(refusal));
  await writeAll(stream, Buffer.concat([greeting, plainPacket(goodbye)])).catch(() => {});
  // Closed at once, what the client has sent meanwhile would have the goodbye thrown away.
  await soon(new Promise((resolve) => stream.once('close', resolve).end()));
  stream.destroy();
}

/** RFC 4253, section 6: a packet as it is before there is a cipher. */
function plainPacket(payload: Buffer): Buffer {
  const used = 4 + 1 + payload.length + leastPadding;
  const padding = Buffer.alloc(leastPadding + ((blockSize - (used % blockSize)) % blockSize));
  const length = uint32(1 + payload.length + padding.length);
  return Buffer.concat([length, Buffer.of(padding.length), payload, padding]);
}
