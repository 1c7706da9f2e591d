/** Tokens that were logged out before they expired. */
export interface TokenRevocations {
  /** `hash` is the SHA-256 of the token; `until` when it expires by itself, in ms since the epoch. */
  revoke(hash: string, until: number): Promise<void>;
  isRevoked(hash: string): Promise<boolean>;
}
