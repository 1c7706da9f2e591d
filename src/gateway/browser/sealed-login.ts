import { z } from 'zod';
import type { LoginProof } from '../../identity/code-login.ts';

/** A login that is under way, as its browser keeps it for the gateway. */
export interface SealedLogin extends LoginProof {
  /** A path of the same host. */
  readonly to: string;
  /** Whoever is at the browser wanted that page; no other page led there. */
  readonly meant: boolean;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

const shape = z.strictObject({
  state: z.string().min(1),
  nonce: z.string().min(1),
  verifier: z.string().min(1),
  to: z.string().startsWith('/'),
  meant: z.boolean(),
  until: z.number(),
});

/** Null when it is not that. */
export function readSealedLogin(text: string): SealedLogin | null {
  const read = shape.safeParse(JSON.parse(text));
  return read.success ? read.data : null;
}
