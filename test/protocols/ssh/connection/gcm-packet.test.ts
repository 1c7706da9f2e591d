import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GcmPackets } from '../../../../src/protocols/ssh/connection/gcm-packet.ts';
import {
  type Ssh2Protocol,
  takesGcmPackets,
} from '../../../../src/protocols/ssh/connection/ssh2-protocol.ts';

class PacketWriter {
  readonly allocStart = 5;
  readonly allocStartKEX = 5;
  readonly alloc = () => Buffer.alloc(0);
  readonly finalize = (packet: Uint8Array) => packet;
}
class ZlibPacketWriter extends PacketWriter {}
class AESGCMCipherBinding {
  encrypt(): void {}
}
class ChaChaPolyCipherBinding extends AESGCMCipherBinding {}

function protocol(
  cipher: Ssh2Protocol['_cipher'],
  write: Ssh2Protocol['_packetRW']['write'],
): Ssh2Protocol {
  return {
    ...{ _cipher: cipher, _packetRW: { write }, _queue: undefined, _kexinit: undefined },
    ...{ _authenticated: true, _onPayload: () => {}, _onPacket: () => {}, rekey: () => {} },
  };
}

describe('packets for AES-GCM', () => {
  it('are not made for another cipher, nor where payloads are compressed', () => {
    const plain = new PacketWriter();
    expect(takesGcmPackets(protocol(new ChaChaPolyCipherBinding(), plain))).toBe(false);
    expect(takesGcmPackets(protocol(new AESGCMCipherBinding(), new ZlibPacketWriter()))).toBe(
      false,
    );
    expect(takesGcmPackets(protocol(new AESGCMCipherBinding(), plain))).toBe(true);
  });

  it('have the length, the padding and the room that RFC 4253 and 5647 ask for', () => {
    const packets = new GcmPackets();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40_000 }), (payloadBytes) => {
        const packet = packets.alloc(payloadBytes);
        const length = packet.readUInt32BE(0);
        const padding = packet.readUInt8(4);
        expect(length % 16).toBe(0);
        expect(length).toBe(1 + payloadBytes + padding);
        expect(padding).toBeGreaterThanOrEqual(4);
        expect(packet.length).toBe(4 + length + 16);
      }),
    );
  });

  it('do not repeat their padding', () => {
    const packets = new GcmPackets();
    const paddings = Array.from({ length: 5_000 }, () => packets.alloc(12).toString('hex', 17, 36));
    expect(new Set(paddings).size).toBe(paddings.length);
  });
});
