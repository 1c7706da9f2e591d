import { randomFillSync } from 'node:crypto';

const blockBytes = 16;
const tagBytes = 16;
const leastPaddingBytes = 4;
const poolBytes = 16 * 1024;

/**
 * Packets for AES-GCM (RFC 5647, section 7.2) as ssh2's cipher expects them: the payload is to be
 * put in from byte 5 on, and room for the tag is left. ssh2 asks for random padding packet by
 * packet, which takes longer than the encryption of a small one; here it comes from a pool.
 */
export class GcmPackets {
  readonly #pool = Buffer.allocUnsafeSlow(poolBytes);
  #used = poolBytes;

  alloc(payloadBytes: number): Buffer {
    const part = (1 + payloadBytes) % blockBytes;
    const least = blockBytes - part;
    const padding = least < leastPaddingBytes ? least + blockBytes : least;
    const length = 1 + payloadBytes + padding;
    const packet = Buffer.allocUnsafe(4 + length + tagBytes);
    packet.writeUInt32BE(length, 0);
    packet.writeUInt8(padding, 4);
    this.#pad(packet, 5 + payloadBytes, padding);
    return packet;
  }

  #pad(packet: Buffer, at: number, length: number): void {
    if (this.#used + length > poolBytes) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    this.#pool.copy(packet, at, this.#used, this.#used + length);
    this.#used += length;
  }
}
