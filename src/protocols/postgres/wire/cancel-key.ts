import type { BodyReader } from './body-reader.ts';
import { WireError } from './wire-error.ts';

/** Names a server process and proves the right to cancel what it runs. */
export interface CancelKey {
  readonly pid: number;
  /** 4 bytes in protocol 3.0, up to 256 in 3.2. */
  readonly secret: Buffer;
}

export function readCancelKey(body: BodyReader): CancelKey {
  const pid = body.uint32();
  const secret = body.rest();
  if (secret.length < 4 || secret.length > 256) {
    throw new WireError('BAD_LENGTH', 'a cancel key has 4 to 256 bytes');
  }
  return { pid, secret };
}
