import type { Principal } from './principal.ts';

export interface Enrolment {
  readonly principal: Principal;
  /** The 32 bytes, base64. */
  readonly publicKey: string;
  readonly origin: 'login' | 'token';
}

/** Whose signatures count as whose. Both throw a `RefusedError` when the store is lost. */
export interface ReviewerKeys {
  /** Taken down in the audit log; a second time changes nothing. */
  enrol(enrolment: Enrolment): Promise<void>;
  /** The public key of that id, if it is this very principal's; else null. */
  find(principal: Principal, keyId: string): Promise<string | null>;
}
