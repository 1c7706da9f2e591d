import { createDecipheriv } from 'node:crypto';
import { ByteReader } from './byte-reader.ts';
import {
  cipher,
  maxPieceBytes,
  nonceOf,
  pieceKey,
  saltBytes,
  sealedMagic,
  tagBytes,
} from './sealing.ts';

/** Why an encrypted recording cannot be read. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
  readonly code: 'IDENTITY_NEEDED' | 'WRONG_IDENTITY' | 'DAMAGED';

  constructor(code: UnsealError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const maxWrappedBytes = 64 * 1024;

/**
 * The lines of a recording's file, whether or not it is encrypted. What breaks off ends with its
 * last whole piece. `identities`: `AGE-SECRET-KEY-1…`. Throws UnsealError.
 */
export async function* unsealed(
  source: AsyncIterable<Uint8Array>,
  identities: readonly string[],
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  const magic = await reader.peek(sealedMagic.length);
  if (magic.toString('latin1') !== sealedMagic) {
    yield* reader.rest();
    return;
  }
  await reader.exactly(sealedMagic.length);
  const wrapped = await sized(reader, maxWrappedBytes);
  const salt = await reader.exactly(saltBytes);
  if (wrapped === null || salt === null) return;
  yield* pieces(reader, pieceKey(await unwrap(wrapped, identities), salt));
}

async function* pieces(reader: ByteReader, key: Buffer): AsyncGenerator<Buffer> {
  for (let counter = 0n; ; counter += 1n) {
    const piece = await sized(reader, maxPieceBytes);
    if (piece === null) return;
    const plain = opened(piece, key, nonceOf(counter, false));
    if (plain !== null) yield plain;
    else if (opened(piece, key, nonceOf(counter, true)) !== null) return;
    else throw new UnsealError('DAMAGED', 'the recording was changed, or is damaged');
  }
}

function opened(piece: Buffer, key: Buffer, nonce: Buffer): Buffer | null {
  if (piece.length < tagBytes) return null;
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  opening.setAuthTag(piece.subarray(-tagBytes));
  const plain = opening.update(piece.subarray(0, -tagBytes));
  try {
    opening.final();
    return plain;
  } catch {
    return null;
  }
}

async function sized(reader: ByteReader, most: number): Promise<Buffer | null> {
  const length = (await reader.exactly(4))?.readUInt32BE() ?? 0;
  if (length > most) throw new UnsealError('DAMAGED', 'the recording is damaged');
  return length === 0 ? null : reader.exactly(length);
}

async function unwrap(wrapped: Buffer, identities: readonly string[]): Promise<Uint8Array> {
  if (identities.length === 0) {
    throw new UnsealError('IDENTITY_NEEDED', 'the recording is encrypted');
  }
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
    return await decrypter.decrypt(wrapped);
  } catch (error) {
    const message = 'the recording is encrypted to others than this identity';
    throw new UnsealError('WRONG_IDENTITY', message, { cause: error });
  }
}
