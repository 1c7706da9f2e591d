import { hostname } from 'node:os';
import { exitCodes } from '../core/exit-codes.ts';
import { safeLine } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';
import type { DevicePrompt } from '../identity/device-login.ts';
import type { LoginRecord } from '../identity/login-record.ts';
import type { LoginIssuer } from '../identity/provider-client.ts';
import type { ClientContext } from './client-context.ts';

export interface LogInOptions {
  /** Which of the gateway's providers; null for its first. */
  readonly identity: string | null;
  /** An account of a running demo; null for whoever sits there. */
  readonly as: string | null;
  readonly browser: boolean;
  readonly signal: AbortSignal;
}

/** The whole of `hoopx login`: asks the gateway whom to ask, and the person to confirm. */
export async function logIn(context: ClientContext, options: LogInOptions): Promise<LoginRecord> {
  if (options.as === null && !context.isTerminal) throw needsTerminal();
  const control = await context.control();
  const issuer = chooseIssuer((await control.info()).identity, options.identity);
  const show = await presenter(context, issuer, options);
  const { login } = await import('../identity/login.ts');
  const { profile, gatewayUrl: gateway, environment } = context;
  return login({ profile, gateway }, issuer, {
    state: environment.paths.state,
    credentials: environment.credentials,
    show,
    ask: async (token) => (await context.controlAs(token)).whoami(),
    enrol: async (token, key) =>
      (await context.controlAs(token, { key: async () => key, origin: 'login' })).enrolDevice(),
    warn: context.stderr,
    signal: options.signal,
    clock: Date.now,
  });
}

type Show = (prompt: DevicePrompt) => Promise<void>;

async function presenter(
  context: ClientContext,
  issuer: LoginIssuer,
  { as, browser }: LogInOptions,
): Promise<Show> {
  if (as === null) return (prompt) => showPrompt(context, issuer, prompt, browser);
  if (context.address.demo?.issuer !== issuer.issuer) throw onlyDemo();
  const { signInAtDemo } = await import('../identity/demo-sign-in.ts');
  return ({ verificationUriComplete, verificationUri }) =>
    signInAtDemo(verificationUriComplete ?? verificationUri, as);
}

/** RFC 8628, 5.4: the code, who asks, from where and for what, so that a stranger's stands out. */
async function showPrompt(
  { stderr, gatewayUrl, profile, environment }: ClientContext,
  issuer: LoginIssuer,
  prompt: DevicePrompt,
  browser: boolean,
): Promise<void> {
  const minutes = Math.max(1, Math.round(prompt.expiresInSeconds / 60));
  stderr(`hoopx on ${safeLine(hostname())} asks to act as you at ${gatewayUrl}`);
  stderr(`(provider ${safeLine(issuer.name)}, profile ${safeLine(profile)}).`);
  stderr('');
  stderr(`  Open   ${safeLine(prompt.verificationUri, 2000)}`);
  stderr(`  Enter  ${safeLine(prompt.userCode)}`);
  stderr('');
  stderr(`The page must show this very code. It lapses in ${minutes} min; Ctrl-C gives up.`);
  if (!browser || !environment.browserIsLocal) return;
  const { openBrowser } = await import('../identity/browser.ts');
  openBrowser(prompt.verificationUriComplete ?? prompt.verificationUri);
}

function chooseIssuer(issuers: readonly LoginIssuer[], name: string | null): LoginIssuer {
  const issuer = name === null ? issuers[0] : issuers.find((each) => each.name === name);
  if (issuer !== undefined) return issuer;
  const names = issuers.map((each) => safeLine(each.name)).join(', ');
  throw new UserError(`the gateway has no identity provider ${name ?? 'at all'}`, {
    code: 'NO_SUCH_IDENTITY',
    exitCode: exitCodes.usage,
    ...(names === '' ? {} : { hint: `It has: ${names}.` }),
  });
}

function needsTerminal(): UserError {
  return new UserError('logging in takes a person at a terminal', {
    code: 'NO_TERMINAL',
    exitCode: exitCodes.loginRequired,
    hint: 'Elsewhere, set HOOPX_TOKEN or --token-file to a token of a provider that the gateway accepts.',
  });
}

function onlyDemo(): UserError {
  return new UserError('--as works only at the gateway of a running `hoopx dev`', {
    code: 'NOT_A_DEMO',
    exitCode: exitCodes.usage,
    hint: 'Start one with `hoopx dev`, or log in without --as.',
  });
}
