import type { UserError } from '../core/user-error.ts';

/** A bearer token for the gateway. */
export interface AccessToken {
  readonly token: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly expiresAt: number;
}

/** Where a command's token comes from, however it was given. */
export interface TokenSource {
  /** How the token was given: a stored login, HOOPX_TOKEN, or --token-file. */
  readonly kind: 'login' | 'environment' | 'file';
  /**
   * A token that is good for a while yet; refreshed when it is about to expire.
   * @throws UserError LOGIN_REQUIRED or LOGIN_EXPIRED, exit 4, with the command to run
   */
  current(): Promise<AccessToken>;
}

export interface TokenListener {
  /** Called with each new token, the first one included. */
  token(token: AccessToken): void;
  /** Called once, when there will be no further token. */
  lost(error: UserError): void;
}
