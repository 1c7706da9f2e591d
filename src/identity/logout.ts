import type { Clock } from '../core/clock.ts';
import { credentialsAt } from './credentials-at.ts';
import { withFileLock } from './file-lock.ts';
import { type IssuedTokens, parseTokens } from './issued-tokens.ts';
import { lockFile } from './login.ts';
import type { LoginName } from './login-errors.ts';
import { type LoginRecord, readLogin, removeLogin } from './login-record.ts';
import { describe } from './provider-client.ts';
import { revokeTokens } from './revoke-tokens.ts';

export interface LogoutDeps {
  readonly state: string;
  readonly clock: Clock;
  /** Tells the gateway, which ends the sessions of that token's principal. */
  readonly endAtGateway: (token: string) => Promise<void>;
}

export type Logout =
  | { readonly kind: 'not_logged_in' }
  /** Deleted here in any case; `problems` says what could not be ended elsewhere. */
  | {
      readonly kind: 'logged_out';
      readonly record: LoginRecord;
      readonly problems: readonly string[];
    };

export async function logout(login: LoginName, deps: LogoutDeps): Promise<Logout> {
  const record = await readLogin(deps.state, login);
  if (record === null) return { kind: 'not_logged_in' };
  const lock = { patienceMs: 15_000, staleAfterMs: 90_000 };
  const locked = await withFileLock(lockFile(deps.state, record.key), lock, () =>
    end(login, record, deps),
  );
  // Someone who logs out must not be kept in by a process that hangs.
  const problems = locked?.value ?? (await end(login, record, deps));
  return { kind: 'logged_out', record, problems };
}

async function end(
  login: LoginName,
  record: LoginRecord,
  deps: LogoutDeps,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const tolerate = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      problems.push(`${what}: ${describe(error)}`);
    }
  };
  const credentials = credentialsAt(record.place, deps.state);
  let tokens: IssuedTokens | null = null;
  await tolerate('the stored tokens could not be read', async () => {
    tokens = parseTokens((await credentials.read(record.key)) ?? '');
  });
  // Deleted first: whatever happens to this process now, the login is not here any more.
  await tolerate('the stored tokens could not be deleted', () => credentials.remove(record.key));
  await removeLogin(deps.state, login);
  if (tokens !== null) await endElsewhere(record, tokens, deps, tolerate);
  return problems;
}

async function endElsewhere(
  record: LoginRecord,
  tokens: IssuedTokens,
  deps: LogoutDeps,
  tolerate: (what: string, work: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  if (deps.clock() < tokens.expiresAt) {
    await tolerate('the gateway could not be told', () => deps.endAtGateway(tokens.bearer));
  }
  await tolerate('the provider could not be told', async () => {
    if (!(await revokeTokens(record.issuer, tokens)) && deps.clock() < tokens.expiresAt) {
      throw new Error('it offers no revocation; the token lapses by itself');
    }
  });
}
