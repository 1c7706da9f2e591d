import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { signInAtDemo } from '../../src/identity/demo-sign-in.ts';
import { login } from '../../src/identity/login.ts';
import type { LoginName } from '../../src/identity/login-errors.ts';
import type { LoginPrincipal, LoginRecord } from '../../src/identity/login-record.ts';
import type { LoginIssuer } from '../../src/identity/provider-client.ts';
import { createTokenVerifier } from '../../src/identity/verifier.ts';
import type { TestProvider } from '../peers/provider.ts';

export const gateway = 'https://gateway.test:7443';

export async function stateFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-state-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestLogin {
  readonly state: string;
  readonly account: string;
  readonly name?: LoginName;
  readonly issuer?: LoginIssuer;
  readonly credentials?: 'auto' | 'file';
  readonly warn?: (text: string) => void;
}

/** A stored login of the whole device flow, whose principal is what a gateway would say. */
export function logInAs(provider: TestProvider, how: TestLogin): Promise<LoginRecord> {
  const verifier = createTokenVerifier([provider.identity], { clock: Date.now });
  return login(how.name ?? { profile: 'default', gateway }, how.issuer ?? provider.identity, {
    state: how.state,
    credentials: how.credentials ?? 'file',
    show: ({ verificationUriComplete }) => signInAtDemo(verificationUriComplete ?? '', how.account),
    enrol: async () => {},
    ask: async (token): Promise<LoginPrincipal> => (await verifier.verify(token)).principal,
    warn: how.warn ?? (() => {}),
    signal: AbortSignal.timeout(20_000),
    clock: Date.now,
  });
}
