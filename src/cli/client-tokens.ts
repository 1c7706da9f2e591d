import type { ClientEnvironment } from '../config/client-environment.ts';
import type { LoginName } from '../identity/login-errors.ts';
import type { TokenSource } from '../identity/token-source.ts';

/** A token file comes before HOOPX_TOKEN, which comes before a stored login. Nothing is read yet. */
export function tokensFor(
  login: LoginName,
  tokenFile: string | null,
  environment: ClientEnvironment,
): TokenSource {
  if (tokenFile !== null) {
    return lazily('file', async () => {
      const { fileTokens } = await import('../identity/given-tokens.ts');
      return fileTokens(tokenFile, Date.now);
    });
  }
  const given = environment.token;
  if (given !== null) {
    return lazily('environment', async () => {
      const { environmentTokens } = await import('../identity/given-tokens.ts');
      return environmentTokens(given, Date.now);
    });
  }
  return lazily('login', async () => {
    const { storedTokens } = await import('../identity/stored-tokens.ts');
    return storedTokens(login, { state: environment.paths.state, clock: Date.now });
  });
}

/** A command that needs no token should not pay for what fetches one. */
function lazily(kind: TokenSource['kind'], open: () => Promise<TokenSource>): TokenSource {
  let opened: Promise<TokenSource> | null = null;
  return {
    kind,
    current: async () => {
      opened ??= open();
      return (await opened).current();
    },
  };
}
