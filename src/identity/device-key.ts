import { createHash } from 'node:crypto';
import { exitCodes } from '../core/exit-codes.ts';
import { generateSigningKey, type SigningKey, signingKeyFrom } from '../core/signing-key.ts';
import { UserError } from '../core/user-error.ts';
import type { CredentialStore } from './credential-store.ts';
import { credentialsAt } from './credentials-at.ts';
import { type LoginName, loginCommand } from './login-errors.ts';
import { type LoginPrincipal, readLogin } from './login-record.ts';

/**
 * The key that signs a person's decisions on this device. It outlives logins, so that reviewers'
 * keys can be pinned by those who verify the audit log; without a login it signs nothing that
 * counts.
 */
export async function keptDeviceKey(
  credentials: CredentialStore,
  login: LoginName,
  who: LoginPrincipal,
): Promise<SigningKey> {
  const at = deviceCredential(login, who);
  const known = parsed(await credentials.read(at));
  if (known !== null) return known;
  const key = generateSigningKey();
  await credentials.write(at, key.reveal());
  return key;
}

/** @throws UserError LOGIN_REQUIRED when this login has none */
export async function deviceKeyOf(login: LoginName, state: string): Promise<SigningKey> {
  const record = await readLogin(state, login);
  if (record !== null) {
    const text = await credentialsAt(record.place, state, 'devices').read(
      deviceCredential(login, record.who),
    );
    const key = parsed(text);
    if (key !== null) return key;
  }
  throw new UserError('this device has no key to sign decisions with', {
    code: 'LOGIN_REQUIRED',
    exitCode: exitCodes.loginRequired,
    hint: `Run: ${loginCommand(login)}`,
  });
}

/** Of one person at one gateway: two who share a profile share no key. */
function deviceCredential({ profile, gateway }: LoginName, who: LoginPrincipal): string {
  const made = ['hoopx.device/v1', profile, gateway, who.issuer, who.subject];
  return createHash('sha256').update(JSON.stringify(made)).digest('hex');
}

function parsed(text: string | null): SigningKey | null {
  try {
    return text === null ? null : signingKeyFrom(text);
  } catch {
    return null;
  }
}
