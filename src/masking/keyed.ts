import { createHmac } from 'node:crypto';

/** A purpose and a value to bytes that only holders of the key can compute: HMAC-SHA-256. */
export type Keyed = (purpose: string, value: string) => Buffer;

/** The purpose ends with a zero byte, so that no two of them can say the same. */
export function keyedBy(key: string): Keyed {
  return (purpose, value) =>
    createHmac('sha256', key).update(`hoopx.masking/v1 ${purpose}\0`).update(value).digest();
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
