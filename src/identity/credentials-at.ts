import type { CredentialPlace, CredentialStore } from './credential-store.ts';
import { fileCredentials } from './file-credentials.ts';
import { keychainCredentials } from './keychain-credentials.ts';

/** `devices`: keys that stay when a login goes. */
export function credentialsAt(
  place: CredentialPlace,
  state: string,
  folder: 'credentials' | 'devices' = 'credentials',
): CredentialStore {
  return place === 'keychain' ? keychainCredentials() : fileCredentials(state, folder);
}
