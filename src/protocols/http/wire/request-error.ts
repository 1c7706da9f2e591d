export const requestErrorStatus = {
  /** Read differently by different servers, so that nobody could say what was decided on. */
  AMBIGUOUS_TARGET: 400,
  AMBIGUOUS_LENGTH: 400,
  MALFORMED: 400,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_SLOW: 408,
  MEDIA_TYPE_NOT_TAKEN: 415,
  MISDIRECTED: 421,
  CROSS_SITE: 403,
  /** It would be held, and nobody at this client is known to want it. */
  UNMEANT: 403,
  /** It would write what stands for a value that its client was not shown. */
  MASKED: 422,
  HEADERS_TOO_LARGE: 431,
  NOT_SPOKEN: 501,
} as const;

export type RequestErrorCode = keyof typeof requestErrorStatus;

/** A request that is not looked at any further, whatever the rules say. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: RequestErrorCode;

  constructor(code: RequestErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get status(): number {
    return requestErrorStatus[this.code];
  }
}
