import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';

/**
 * How recordings are encrypted. A session has a key of its own, which is wrapped once, in an age
 * file to the recipients, and stands at the head of each of its files. What follows are pieces,
 * one for each write, so that a file that breaks off is readable up to its last whole piece:
 *
 *     "hoopx-sealed/1\n"
 *     uint32 length, age file            the session's key, 32 bytes
 *     16 bytes salt
 *     uint32 length, ciphertext and tag  again and again
 *
 * As age does it (C2SP age, "Payload"), the pieces are ChaCha20-Poly1305 under HKDF-SHA-256 of key
 * and salt, and the nonce is a counter of 11 bytes with a last byte that is 1 for the final piece:
 * none can be changed, left out, moved, or cut off unseen. All numbers are big-endian.
 */
export const sealedMagic = 'hoopx-sealed/1\n';
export const saltBytes = 16;
export const tagBytes = 16;
export const cipher = 'chacha20-poly1305';
/** Lines are written at the latest when a mebibyte of characters has come; each may take 3 bytes. */
export const maxPieceBytes = 64 * 1024 * 1024;

export interface SessionKey {
  readonly key: Buffer;
  /** The key as an age file. */
  readonly wrapped: Buffer;
}

/** For each file: its head, and what is put behind it. */
export interface Sealer {
  readonly head: Buffer;
  seal(plain: Buffer, last: boolean): Buffer;
}

/** Without encryption. */
export const inTheClear: Sealer = { head: Buffer.alloc(0), seal: (plain) => plain };

/** A new key, for those recipients (`age1…`). Throws for one that is none. */
export async function createSessionKey(recipients: readonly string[]): Promise<SessionKey> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const key = randomBytes(32);
  return { key, wrapped: Buffer.from(await encrypter.encrypt(key)) };
}

export function createSealer({ key, wrapped }: SessionKey): Sealer {
  const salt = randomBytes(saltBytes);
  const own = pieceKey(key, salt);
  let counter = 0n;
  return {
    head: Buffer.concat([Buffer.from(sealedMagic), uint32(wrapped.length), wrapped, salt]),
    seal(plain, last) {
      const options = { authTagLength: tagBytes };
      const sealing = createCipheriv(cipher, own, nonceOf(counter, last), options);
      counter += 1n;
      const body = [sealing.update(plain), sealing.final(), sealing.getAuthTag()];
      return Buffer.concat([uint32(plain.length + tagBytes), ...body]);
    },
  };
}

export function pieceKey(key: Uint8Array, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'hoopx-sealed/1', 32));
}

export function nonceOf(counter: bigint, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(counter, 3);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
