import { backendType } from '../backend-types.ts';
import { BodyReader } from '../body-reader.ts';
import { encodeMessage, uint8 } from '../encode.ts';
import { WireError } from '../wire-error.ts';

export type TransactionStatus = 'idle' | 'open' | 'failed';

export interface ReadyForQuery {
  readonly kind: 'readyForQuery';
  readonly raw: Buffer;
  readonly status: TransactionStatus;
}

const letters: Readonly<Record<TransactionStatus, number>> = {
  idle: 0x49,
  open: 0x54,
  failed: 0x45,
};

export function decodeReadyForQuery(raw: Buffer): ReadyForQuery {
  return { kind: 'readyForQuery', raw, status: readTransactionStatus(raw, 0, raw.length) };
}

/** The status in the message that lies between `start` and `end`. */
export function readTransactionStatus(
  bytes: Buffer,
  start: number,
  end: number,
): TransactionStatus {
  const body = BodyReader.ofMessage(bytes, backendType.readyForQuery, start, end);
  const status = statusOf(body.uint8());
  body.end();
  return status;
}

export function encodeReadyForQuery(status: TransactionStatus): Buffer {
  return encodeMessage(backendType.readyForQuery, uint8(letters[status]));
}

function statusOf(letter: number): TransactionStatus {
  if (letter === letters.idle) return 'idle';
  if (letter === letters.open) return 'open';
  if (letter === letters.failed) return 'failed';
  throw new WireError('BAD_VALUE', 'unknown transaction status');
}
