import type { Clock } from '../core/clock.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { credentialsAt } from './credentials-at.ts';
import { withFileLock } from './file-lock.ts';
import { type IssuedTokens, parseTokens } from './issued-tokens.ts';
import { lockFile } from './login.ts';
import { type LoginName, loginCommand, loginExpired, loginRequired } from './login-errors.ts';
import { type LoginRecord, readLogin, writeLogin } from './login-record.ts';
import { providerFault } from './provider-client.ts';
import { renew, renewAt } from './renewal.ts';
import type { AccessToken, TokenSource } from './token-source.ts';

export interface StoredTokensDeps {
  /** The CLI's state folder. */
  readonly state: string;
  readonly clock: Clock;
}

const lock = { patienceMs: 45_000, staleAfterMs: 90_000 };
/** Between two tries at a provider that does not answer, while the token is still good. */
const retryMs = 10_000;

/** The tokens of a login that `hoopx login` stored, renewed when it is time. */
export function storedTokens(login: LoginName, deps: StoredTokensDeps): TokenSource {
  let held: { readonly key: string; readonly tokens: IssuedTokens } | null = null;
  let retryAt = 0;

  async function current(): Promise<AccessToken> {
    // Read each time, for another process may have renewed, replaced or ended it.
    const record = await readUsable(login, deps.state);
    const now = deps.clock();
    if (held === null || held.key !== record.key || held.tokens.obtainedAt < record.obtainedAt) {
      held = { key: record.key, tokens: await readTokens(record, login, deps.state) };
    }
    const { tokens } = held;
    if (now < renewAt(tokens) || (now < retryAt && now < tokens.expiresAt)) return shown(tokens);
    const renewed = await renewTogether(login, record, deps);
    if (renewed === null) retryAt = now + retryMs;
    else held = { key: record.key, tokens: renewed };
    return shown(renewed ?? tokens);
  }

  return { kind: 'login', current };
}

/**
 * Renews under a lock, since a refresh token that is used twice ends the login (RFC 9700,
 * 4.14.2). Null when that failed for now, and the token at hand is still good.
 */
async function renewTogether(
  login: LoginName,
  seen: LoginRecord,
  deps: StoredTokensDeps,
): Promise<IssuedTokens | null> {
  const locked = await withFileLock(lockFile(deps.state, seen.key), lock, async () => {
    const record = await readUsable(login, deps.state);
    const tokens = await readTokens(record, login, deps.state);
    return deps.clock() < renewAt(tokens) ? tokens : renewNow(login, record, tokens, deps);
  });
  if (locked !== null) return locked.value;
  return stillGood(seen, deps, () => loginExpired(login, 'another process blocks its renewal'));
}

async function renewNow(
  login: LoginName,
  record: LoginRecord,
  tokens: IssuedTokens,
  deps: StoredTokensDeps,
): Promise<IssuedTokens | null> {
  const { refreshToken } = tokens;
  if (refreshToken === null) {
    return stillGood(tokens, deps, () => loginExpired(login, 'the provider allows no renewal'));
  }
  const renewal = await renew(record.issuer, { ...tokens, refreshToken }, deps.clock);
  switch (renewal.kind) {
    case 'renewed': {
      const text = JSON.stringify(renewal.tokens);
      await credentialsAt(record.place, deps.state).write(record.key, text);
      const { obtainedAt, expiresAt } = renewal.tokens;
      await writeLogin(deps.state, { ...record, obtainedAt, expiresAt });
      return renewal.tokens;
    }
    case 'refused':
      await writeLogin(deps.state, { ...record, renewable: false, ended: renewal.why });
      await credentialsAt(record.place, deps.state).remove(record.key);
      throw loginExpired(login, renewal.why);
    case 'failed':
      return stillGood(tokens, deps, () =>
        providerFault(record.issuer, 'cannot renew your login', renewal.error),
      );
  }
}

function stillGood(
  { expiresAt }: Pick<IssuedTokens, 'expiresAt'>,
  deps: StoredTokensDeps,
  otherwise: () => UserError,
): null {
  if (deps.clock() < expiresAt) return null;
  throw otherwise();
}

async function readUsable(login: LoginName, state: string): Promise<LoginRecord> {
  const record = await readLogin(state, login);
  if (record === null) throw loginRequired(login);
  if (record.ended !== null) throw loginExpired(login, record.ended);
  return record;
}

async function readTokens(
  record: LoginRecord,
  login: LoginName,
  state: string,
): Promise<IssuedTokens> {
  let text: string | null;
  try {
    text = await credentialsAt(record.place, state).read(record.key);
  } catch (cause) {
    throw new UserError('your login is in a keychain that cannot be opened', {
      code: 'KEYCHAIN_UNAVAILABLE',
      exitCode: exitCodes.loginRequired,
      hint: `Unlock it, or run: ${loginCommand(login)}`,
      cause,
    });
  }
  const tokens = text === null ? null : parseTokens(text);
  if (tokens === null) throw loginRequired(login);
  return tokens;
}

function shown({ bearer, expiresAt }: IssuedTokens): AccessToken {
  return { token: bearer, expiresAt };
}
