import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../../core/secret.ts';
import { preparePassword } from './scram-password.ts';

const derive = promisify(pbkdf2);

/** The server did not do its half of SCRAM: what it is cannot be known. */
export class ScramError extends Error {
  override readonly name = 'ScramError';
  readonly code = 'SCRAM_FAILED';
}

/**
 * `bound`: the server's certificate is part of the proof. `unoffered`: we could have, and the
 * server did not offer it, which it will find untrue if somebody between cut the offer out.
 */
export type ChannelBinding =
  | { readonly kind: 'bound'; readonly data: Buffer }
  | { readonly kind: 'unoffered' }
  | { readonly kind: 'none' };

export interface ScramExchange {
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS';
  readonly clientFirst: string;
  /** The client's final message, and what judges the server's. */
  answer(serverFirst: Buffer): Promise<{ clientFinal: string; verify(serverFinal: Buffer): void }>;
}

// RFC 7677, section 4, for the least; the most keeps a hostile server from burning our time.
const iterationBounds = { least: 4096, most: 1_000_000 };
const maxMessageBytes = 4096;
const serverFirstSyntax = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/=]+),i=([1-9]\d{0,9})$/;
const serverFinalSyntax = /^v=([A-Za-z0-9+/=]{44})$/;

/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), one login. */
export function startScram(
  password: Secret,
  binding: ChannelBinding,
  nonce: string = randomBytes(18).toString('base64'),
): ScramExchange {
  const header = gs2Header(binding);
  // The user name is the startup message's: PostgreSQL ignores the one in here.
  const bare = `n=,r=${nonce}`;
  return {
    mechanism: binding.kind === 'bound' ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256',
    clientFirst: header + bare,
    async answer(serverFirst) {
      const challenge = readServerFirst(serverFirst, nonce);
      const data = binding.kind === 'bound' ? binding.data : Buffer.alloc(0);
      const bound = Buffer.concat([Buffer.from(header), data]).toString('base64');
      const withoutProof = `c=${bound},r=${challenge.nonce}`;
      const transcript = `${bare},${serverFirst.toString('latin1')},${withoutProof}`;
      const { proof, signature } = await sign(password, challenge, transcript);
      return {
        clientFinal: `${withoutProof},p=${proof.toString('base64')}`,
        verify: (serverFinal) => verifySignature(serverFinal, signature),
      };
    },
  };
}

interface Challenge {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

function gs2Header(binding: ChannelBinding): string {
  switch (binding.kind) {
    case 'bound':
      return 'p=tls-server-end-point,,';
    case 'unoffered':
      return 'y,,';
    case 'none':
      return 'n,,';
    default:
      return binding satisfies never;
  }
}

function readServerFirst(message: Buffer, clientNonce: string): Challenge {
  if (message.length > maxMessageBytes) throw new ScramError('the challenge is too long');
  const [, nonce = '', salt = '', count = ''] =
    serverFirstSyntax.exec(message.toString('latin1')) ?? [];
  if (nonce === '') throw new ScramError('the challenge is malformed');
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw new ScramError('the challenge does not answer our nonce');
  }
  const iterations = Number(count);
  if (iterations < iterationBounds.least || iterations > iterationBounds.most) {
    throw new ScramError(`${iterations} iterations are out of bounds`);
  }
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations };
}

async function sign(password: Secret, challenge: Challenge, transcript: string) {
  const { salt, iterations } = challenge;
  const salted = await derive(preparePassword(password.reveal()), salt, iterations, 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash('sha256').update(clientKey).digest();
  const clientSignature = hmac(storedKey, transcript);
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (clientSignature[at] ?? 0)));
  return { proof, signature: hmac(hmac(salted, 'Server Key'), transcript) };
}

function verifySignature(message: Buffer, expected: Buffer): void {
  const text = message.length > maxMessageBytes ? '' : message.toString('latin1');
  const signature = Buffer.from(serverFinalSyntax.exec(text)?.[1] ?? '', 'base64');
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw new ScramError('the server does not know the password');
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'latin1').digest();
}
