import type { Configuration } from 'openid-client';
import type { Clock } from '../core/clock.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { type IssuedTokens, issuedTokens } from './issued-tokens.ts';
import {
  audienceParameters,
  describe,
  type LoginIssuer,
  oauthErrorOf,
  openProvider,
  providerFault,
} from './provider-client.ts';

/** What the person must be shown (RFC 8628, 3.3). Comes from the provider: not yet safe. */
export interface DevicePrompt {
  readonly userCode: string;
  readonly verificationUri: string;
  /** The same with the code in it. */
  readonly verificationUriComplete: string | null;
  /** How long the code is good for. */
  readonly expiresInSeconds: number;
}

export interface DeviceLoginDeps {
  /** Called once; the provider is asked for tokens only after it is done. */
  readonly show: (prompt: DevicePrompt) => void | Promise<void>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * The device authorization grant, RFC 8628.
 * @throws UserError PROVIDER_UNAVAILABLE, LOGIN_REFUSED, LOGIN_TIMED_OUT, NO_USABLE_TOKEN;
 *   the signal's reason when it is aborted
 */
export async function deviceLogin(
  issuer: LoginIssuer,
  deps: DeviceLoginDeps,
): Promise<IssuedTokens> {
  const { initiateDeviceAuthorization, pollDeviceAuthorizationGrant } = await import(
    'openid-client'
  );
  const provider = await openProvider(issuer);
  checkSupport(provider, issuer);
  const extra = audienceParameters(issuer);
  const scope = issuer.scopes.join(' ');
  const device = await initiateDeviceAuthorization(provider, { scope, ...extra }).catch((error) => {
    throw providerFault(issuer, 'does not start a login', error);
  });
  const { user_code: userCode, verification_uri: verificationUri } = device;
  await deps.show({
    userCode,
    verificationUri: checkedUri(verificationUri, issuer),
    verificationUriComplete: device.verification_uri_complete ?? null,
    expiresInSeconds: device.expires_in,
  });
  const signal = AbortSignal.any([deps.signal, AbortSignal.timeout(device.expires_in * 1000)]);
  try {
    // The library sleeps before its first question, and notices the signal only between two.
    const answer = await Promise.race([
      pollDeviceAuthorizationGrant(provider, device, extra, { signal }),
      aborted(signal),
    ]);
    return issuedTokens(issuer, answer, deps.clock());
  } catch (error) {
    deps.signal.throwIfAborted();
    throw pollFault(issuer, error, signal.aborted);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function checkSupport(provider: Configuration, issuer: LoginIssuer): void {
  if (provider.serverMetadata().device_authorization_endpoint !== undefined) return;
  throw new UserError(`the login provider ${issuer.issuer} offers no device login (RFC 8628)`, {
    code: 'LOGIN_UNSUPPORTED',
    exitCode: exitCodes.badConfiguration,
    hint: 'Enable the device grant for this client there, or use HOOPX_TOKEN or --token-file.',
  });
}

/** It may be handed to a browser, so it must be a web page. */
function checkedUri(uri: string, issuer: LoginIssuer): string {
  if (URL.canParse(uri) && /^https?:$/.test(new URL(uri).protocol)) return uri;
  throw providerFault(issuer, 'does not start a login', new Error('its page is not a web address'));
}

function pollFault(issuer: LoginIssuer, error: unknown, timedOut: boolean): UserError {
  if (error instanceof UserError) return error;
  const code = oauthErrorOf(error);
  if (code === 'expired_token' || timedOut) {
    return new UserError('the code has expired before it was entered', {
      code: 'LOGIN_TIMED_OUT',
      exitCode: exitCodes.loginRequired,
      hint: 'Run the same command again for a new code.',
    });
  }
  if (code === null) return providerFault(issuer, 'cannot be asked', error);
  return new UserError(`the login was refused: ${describe(error)}`, {
    code: 'LOGIN_REFUSED',
    exitCode: exitCodes.loginRequired,
    hint: 'Run the same command again, and continue in the browser.',
    cause: error,
  });
}
