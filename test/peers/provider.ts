import {
  type DemoProvider,
  type DemoProviderOptions,
  startDemoProvider,
} from '../../src/demo/provider.ts';
import { signInAtDemo } from '../../src/identity/demo-sign-in.ts';
import { deviceLogin } from '../../src/identity/device-login.ts';
import type { IssuedTokens } from '../../src/identity/issued-tokens.ts';
import type { LoginIssuer } from '../../src/identity/provider-client.ts';

/** A real OpenID provider, and real logins at it. */
export interface TestProvider extends DemoProvider, AsyncDisposable {
  /** Runs the whole device flow as an account: `engineer`, `reviewer`, `reviewer2`, `ci`, `agent`. */
  login(account: string, issuer?: LoginIssuer): Promise<IssuedTokens>;
  /** The bearer token of a fresh login. */
  tokenFor(account: string): Promise<string>;
}

export async function startProvider(options: DemoProviderOptions = {}): Promise<TestProvider> {
  const provider = await startDemoProvider({ pollSeconds: 0.05, ...options });

  function login(account: string, issuer: LoginIssuer = provider.identity): Promise<IssuedTokens> {
    return deviceLogin(issuer, {
      show: ({ verificationUriComplete }) => signInAtDemo(verificationUriComplete ?? '', account),
      signal: AbortSignal.timeout(20_000),
      clock: Date.now,
    });
  }

  return {
    ...provider,
    login,
    tokenFor: async (account) => (await login(account)).bearer,
    [Symbol.asyncDispose]: provider.close,
  };
}
