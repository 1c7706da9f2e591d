import path from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { SigningKey } from '../core/signing-key.ts';
import { type CredentialPlace, credentialKey } from './credential-store.ts';
import { credentialsAt } from './credentials-at.ts';
import { keptDeviceKey } from './device-key.ts';
import { type DevicePrompt, deviceLogin } from './device-login.ts';
import { fileCredentials } from './file-credentials.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import { keychainCredentials } from './keychain-credentials.ts';
import type { LoginName } from './login-errors.ts';
import { type LoginPrincipal, type LoginRecord, readLogin, writeLogin } from './login-record.ts';
import type { LoginIssuer } from './provider-client.ts';
import { revokeTokens } from './revoke-tokens.ts';

export interface LoginDeps {
  /** The CLI's state folder. */
  readonly state: string;
  readonly credentials: 'auto' | 'file';
  readonly show: (prompt: DevicePrompt) => void | Promise<void>;
  /** Asks the gateway who a token's bearer is; nothing is stored when it refuses. */
  readonly ask: (token: string) => Promise<LoginPrincipal>;
  /** Tells the gateway that what this key signs is the bearer's; nothing counts as logged in before. */
  readonly enrol: (token: string, key: SigningKey) => Promise<void>;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Logs in and stores it. Errors: those of `deviceLogin`, and what `ask` throws. */
export async function login(
  name: LoginName,
  issuer: LoginIssuer,
  deps: LoginDeps,
): Promise<LoginRecord> {
  const tokens = await deviceLogin(issuer, deps);
  const who = await deps.ask(tokens.bearer);
  const previous = await readLogin(deps.state, name);
  const key = credentialKey(name, issuer);
  const place = await store(key, tokens, deps);
  const device = await keptDeviceKey(credentialsAt(place, deps.state, 'devices'), name, who);
  await deps.enrol(tokens.bearer, device);
  const record: LoginRecord = {
    version: 1,
    profile: name.profile,
    gateway: name.gateway,
    issuer,
    place,
    key,
    who,
    obtainedAt: tokens.obtainedAt,
    expiresAt: tokens.expiresAt,
    renewable: tokens.refreshToken !== null,
    ended: null,
  };
  await writeLogin(deps.state, record);
  if (previous !== null) await forget(previous, record, deps.state);
  return record;
}

/** Held while a login's tokens are renewed or removed, so that a refresh token is used once. */
export function lockFile(state: string, key: string): string {
  return path.join(state, 'locks', `${key}.lock`);
}

async function store(key: string, tokens: IssuedTokens, deps: LoginDeps): Promise<CredentialPlace> {
  const text = JSON.stringify(tokens);
  if (deps.credentials === 'auto') {
    try {
      await keychainCredentials().write(key, text);
      return 'keychain';
    } catch {
      // One code for every cause: no D-Bus, a locked keychain, an entry that is too large.
      deps.warn(
        `No keychain can be used here: the login is kept in ${path.join(deps.state, 'credentials')}, readable by you alone.`,
      );
    }
  }
  await fileCredentials(deps.state).write(key, text);
  return 'file';
}

/** What the new login replaces: its entry, unless overwritten, and its tokens at the provider. */
async function forget(previous: LoginRecord, record: LoginRecord, state: string): Promise<void> {
  if (previous.key === record.key && previous.place === record.place) return;
  try {
    const credentials = credentialsAt(previous.place, state);
    const text = await credentials.read(previous.key);
    await credentials.remove(previous.key);
    if (text !== null) await revokeTokens(previous.issuer, text);
  } catch {
    // It is unused from now on, and ends by itself.
  }
}
