import { createHash } from 'node:crypto';
import type { LoginName } from './login-errors.ts';
import type { LoginIssuer } from './provider-client.ts';

/** Keeps secrets by key. Every method may throw when the place is out of reach. */
export interface CredentialStore {
  readonly place: CredentialPlace;
  /** Null when there is nothing under the key. */
  read(key: string): Promise<string | null>;
  write(key: string, text: string): Promise<void>;
  remove(key: string): Promise<void>;
}

export type CredentialPlace = 'keychain' | 'file';

/**
 * Names a stored login by everything that made its tokens, so that a token is never used
 * for a gateway, an audience or a person that it was not asked for.
 */
export function credentialKey(login: LoginName, issuer: LoginIssuer): string {
  const made = [
    'hoopx.login/v1',
    login.profile,
    login.gateway,
    issuer.issuer,
    issuer.clientId,
    [...issuer.scopes].sort(),
    issuer.audience,
  ];
  return createHash('sha256').update(JSON.stringify(made)).digest('hex');
}
