import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** An Ed25519 key that signs (RFC 8032). It prints as nothing: the private half stays inside. */
export interface SigningKey {
  /** The 32 bytes, base64. */
  readonly publicKey: string;
  /** 64 bytes */
  sign(text: string): Buffer;
  /** PKCS #8 in base64, to keep it by; a secret. */
  reveal(): string;
}

export function generateSigningKey(): SigningKey {
  return wrap(generateKeyPairSync('ed25519').privateKey);
}

/** What `reveal` gave. @throws when it is no Ed25519 key */
export function signingKeyFrom(pkcs8: string): SigningKey {
  const key = createPrivateKey({
    key: Buffer.from(pkcs8, 'base64'),
    format: 'der',
    type: 'pkcs8',
  });
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('not an Ed25519 key');
  return wrap(key);
}

/** False for anything but a signature by that very key, malformed input included. */
export function isSignedBy(publicKey: string, text: string, signature: Buffer): boolean {
  const raw = Buffer.from(publicKey, 'base64');
  if (raw.length !== 32 || signature.length !== 64) return false;
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') };
    return verify(null, Buffer.from(text), createPublicKey({ key: jwk, format: 'jwk' }), signature);
  } catch {
    return false;
  }
}

/** `ed25519:` and 32 hexadecimal digits of the SHA-256 of the 32 bytes. */
export function reviewerKeyId(publicKey: string): string {
  const hash = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex');
  return `ed25519:${hash.slice(0, 32)}`;
}

function wrap(key: KeyObject): SigningKey {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    publicKey: Buffer.from(x, 'base64url').toString('base64'),
    sign: (text) => sign(null, Buffer.from(text), key),
    reveal: () => key.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
}
