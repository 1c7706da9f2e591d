export interface HttpLimits {
  /** Of one request or response, names and values together. */
  readonly maxHeaderBytes: number;
  /** Bodies up to this are read, where a rule needs them, before anything is decided. */
  readonly maxReviewedBodyBytes: number;
  /** How long such a body may take to come. */
  readonly bodyTimeMs: number;
  /** A connection on which nothing is asked for, or no request gets finished. */
  readonly idleMs: number;
  readonly connectMs: number;
  /** How long a target may take to say 100 before the body is sent anyway. */
  readonly continueMs: number;
  /** Requests that a client sends ahead on an HTTP/1.1 connection. */
  readonly maxPipelined: number;
  /** Of one HTTP/2 connection. */
  readonly maxStreams: number;
  /** What is still read of an approved request's answer when its client has left. */
  readonly maxUnheardBytes: number;
  readonly unheardMs: number;
}

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

export const defaultLimits: HttpLimits = {
  maxHeaderBytes: 64 * kibibyte,
  maxReviewedBodyBytes: mebibyte,
  bodyTimeMs: 30_000,
  idleMs: 300_000,
  connectMs: 10_000,
  continueMs: 1_000,
  maxPipelined: 64,
  maxStreams: 100,
  maxUnheardBytes: 16 * mebibyte,
  unheardMs: 30_000,
};
