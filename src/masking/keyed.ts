import { createHmac, hash } from 'node:crypto';

/** A purpose and a value to bytes that only holders of the key can compute: HMAC-SHA-256. */
export type Keyed = (purpose: string, value: string) => Buffer;

/** Of SHA-256, in bytes. */
const blockBytes = 64;
const digestBytes = 32;
/** In code units; up to there making an Hmac costs more than all that it computes. */
const shortText = 1024;

/** The purpose ends with a zero byte, so that no two of them can say the same. */
export function keyedBy(key: string): Keyed {
  const inner = padded(key, 0x36, shortText * 3);
  const outer = padded(key, 0x5c, digestBytes);
  return (purpose, value) => {
    const text = `hoopx.masking/v1 ${purpose}\0${value}`;
    if (text.length > shortText) return createHmac('sha256', key).update(text).digest();
    // RFC 2104, section 2, by two hashes: no object of Node's is made for a value.
    const end = blockBytes + inner.write(text, blockBytes, 'utf8');
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), blockBytes, 'latin1');
    return hash('sha256', outer, 'buffer');
  };
}

/** The key's block, each byte of it changed by `pad`, with room for a text behind it. */
function padded(key: string, pad: number, room: number): Buffer {
  const bytes = Buffer.from(key);
  const short = bytes.length > blockBytes ? hash('sha256', bytes, 'buffer') : bytes;
  const block = Buffer.alloc(blockBytes + room);
  short.copy(block);
  for (let at = 0; at < blockBytes; at += 1) block[at] = (block[at] ?? 0) ^ pad;
  return block;
}

/** As many bytes as are asked for, all of them from the key and the value. */
export function keyStream(keyed: Keyed, purpose: string, value: string): () => number {
  let block: Buffer = Buffer.alloc(0);
  let at = 0;
  let count = 0;
  return () => {
    if (at === block.length) {
      block = keyed(`${purpose} ${count}`, value);
      count += 1;
      at = 0;
    }
    const byte = block[at] ?? 0;
    at += 1;
    return byte;
  };
}
