export interface SftpLimits {
  /** Of any packet, its length included; OpenSSH sends and takes no more. */
  readonly maxPacketBytes: number;
  /** Of a request that is collected whole: all but WRITE. Draft, section 3: 34,000. */
  readonly maxRequestBytes: number;
  readonly maxPathBytes: number;
  readonly maxHandles: number;
  readonly maxOutstanding: number;
  /** What is read from the client ahead of what has been dealt with. */
  readonly maxAheadBytes: number;
  /** After a longer decision the server is asked again where the paths lead. */
  readonly maxResolvedAgeMs: number;
}

export const defaultLimits: SftpLimits = {
  maxPacketBytes: 256 * 1024 + 4,
  maxRequestBytes: 34_000,
  maxPathBytes: 4096,
  maxHandles: 1024,
  maxOutstanding: 1024,
  maxAheadBytes: 256 * 1024,
  maxResolvedAgeMs: 50,
};
