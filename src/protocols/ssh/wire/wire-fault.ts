export type WireFaultCode =
  | 'BAD_LENGTH'
  | 'TOO_LONG'
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'BAD_COUNT'
  | 'BAD_STRING'
  | 'BAD_PATH'
  | 'BAD_HANDLE'
  | 'UNKNOWN_TYPE'
  | 'UNEXPECTED'
  | 'BAD_VERSION';

/** Bytes that are not what SFTP says they must be. Nothing after them can be trusted. */
export class WireFault extends Error {
  override readonly name = 'WireFault';
  readonly code: WireFaultCode;

  constructor(code: WireFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}
