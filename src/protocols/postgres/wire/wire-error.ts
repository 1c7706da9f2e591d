export type WireErrorCode =
  | 'BAD_LENGTH'
  | 'TOO_LONG'
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'BAD_COUNT'
  | 'BAD_VALUE'
  | 'BAD_STRING'
  | 'BAD_UTF8'
  | 'NAME_TOO_LONG'
  | 'UNKNOWN_TYPE';

/** Bytes that are not what the protocol says they must be. Nothing after them can be trusted. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
