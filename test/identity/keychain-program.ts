import { readdir } from 'node:fs/promises';
import { signInAtDemo } from '../../src/identity/demo-sign-in.ts';
import { login } from '../../src/identity/login.ts';
import { logout } from '../../src/identity/logout.ts';
import { storedTokens } from '../../src/identity/stored-tokens.ts';
import { createTokenVerifier } from '../../src/identity/verifier.ts';
import { startProvider } from '../peers/provider.ts';

/** Logs in, renews and logs out where the system's keychain may be; says what it saw, as JSON. */
const [state = ''] = process.argv.slice(2);
const me = { profile: 'default', gateway: 'https://gateway.test' };
const warnings: string[] = [];
await using provider = await startProvider();
const verifier = createTokenVerifier([provider.identity], { clock: Date.now });
const { place } = await login(me, provider.identity, {
  state,
  credentials: 'auto',
  show: ({ verificationUriComplete }) => signInAtDemo(verificationUriComplete ?? '', 'engineer'),
  enrol: async () => {},
  ask: async (token) => (await verifier.verify(token)).principal,
  warn: (text) => warnings.push(text),
  signal: AbortSignal.timeout(20_000),
  clock: Date.now,
});
const first = await storedTokens(me, { state, clock: Date.now }).current();
const later = () => Date.now() + 3_600_000;
const renewed = await storedTokens(me, { state, clock: later }).current();
const files = await readdir(`${state}/credentials`).catch(() => []);
const ended = await logout(me, { state, clock: Date.now, endAtGateway: async () => {} });
const left = await readdir(`${state}/credentials`).catch(() => []);
process.stdout.write(
  JSON.stringify({
    place,
    warnings,
    files: files.length,
    left: left.length,
    renewed: renewed.token !== first.token,
    ended,
  }),
);
process.exit(0);
