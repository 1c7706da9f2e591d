import type { ClientEnvironment } from '../config/client-environment.ts';
import { environmentTokens, fileTokens } from '../identity/given-tokens.ts';
import type { LoginName } from '../identity/login-errors.ts';
import { storedTokens } from '../identity/stored-tokens.ts';
import type { TokenSource } from '../identity/token-source.ts';

/** A token file comes before HOOPX_TOKEN, which comes before a stored login. Nothing is read yet. */
export function tokensFor(
  login: LoginName,
  tokenFile: string | null,
  environment: ClientEnvironment,
): TokenSource {
  if (tokenFile !== null) return fileTokens(tokenFile, Date.now);
  if (environment.token !== null) return environmentTokens(environment.token, Date.now);
  return storedTokens(login, { state: environment.paths.state, clock: Date.now });
}
