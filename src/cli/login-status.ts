import type { ClientEnvironment } from '../config/client-environment.ts';
import { findGateway } from '../config/client-gateway.ts';
import { safeLine } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';
import { loginExpired, loginRequired } from '../identity/login-errors.ts';
import { listLogins, readLogin } from '../identity/login-record.ts';
import type { TokenSource } from '../identity/token-source.ts';
import type { ClientContext, GlobalFlags } from './client-context.ts';
import { describeLogin, type LoginReport, reportLogin } from './login-report.ts';

/** Every login of this machine's user, and the one that the next command would use. */
export interface LoginStatus {
  /** Null when none is configured. */
  readonly gateway: string | null;
  readonly profile: string;
  /** Whether HOOPX_TOKEN or --token-file is used instead of a login. */
  readonly tokenFrom: TokenSource['kind'];
  /** Whether the next command has a token, as far as can be told from here. */
  readonly usable: boolean;
  readonly current: LoginReport | null;
  readonly logins: readonly LoginReport[];
}

/** Reads files of this machine alone. */
export async function readStatus(
  flags: GlobalFlags,
  environment: ClientEnvironment,
  now: number,
): Promise<LoginStatus> {
  const { profile } = flags;
  const gateway = await gatewayOf(flags, environment);
  const records = await listLogins(environment.paths.state);
  const logins = records.map((record) => reportLogin(record, now));
  const current =
    logins.find((each) => each.profile === profile && each.gateway === gateway) ?? null;
  const tokenFrom = tokenOrigin(flags, environment);
  const usable = tokenFrom !== 'login' || (current !== null && current.state !== 'expired');
  return { gateway, profile, tokenFrom, usable, current, logins };
}

export function statusText(status: LoginStatus, now: number): readonly string[] {
  const { current, logins, gateway, profile, tokenFrom } = status;
  const others = logins.filter((login) => login !== current);
  const lines = tokenFrom === 'login' ? [] : [`A token from ${givenBy[tokenFrom]} is used.`];
  if (current !== null) lines.push(...describeLogin(current, now));
  else if (gateway === null) lines.push('No gateway is configured.');
  else lines.push(`Not logged in to ${safeLine(gateway)} (profile ${safeLine(profile)}).`);
  if (others.length > 0) lines.push('', 'Other logins:');
  return [...lines, ...others.flatMap((login) => describeLogin(login, now))];
}

const givenBy = { environment: 'HOOPX_TOKEN', file: '--token-file' } as const;

function tokenOrigin(flags: GlobalFlags, environment: ClientEnvironment): TokenSource['kind'] {
  if (flags['token-file'] !== undefined) return 'file';
  return environment.token === null ? 'login' : 'environment';
}

/** Null where none is configured: there may be something to say even then. */
async function gatewayOf(
  flags: GlobalFlags,
  environment: ClientEnvironment,
): Promise<string | null> {
  const { profile, gateway = null } = flags;
  try {
    return (await findGateway({ profile, gateway, ca: null }, environment.paths)).url;
  } catch (error) {
    if (error instanceof UserError && error.code === 'NO_GATEWAY') return null;
    throw error;
  }
}

/**
 * Who the next command would act as. A stored login is told from this machine's files; what
 * a given token is worth, only the gateway knows.
 * @throws UserError LOGIN_REQUIRED, LOGIN_EXPIRED
 */
export async function readWhoAmI(context: ClientContext, now: number): Promise<LoginReport> {
  const { profile, gatewayUrl: gateway, tokens } = context;
  if (tokens.kind !== 'login') return askWhoAmI(context);
  const name = { profile, gateway };
  const record = await readLogin(context.environment.paths.state, name);
  if (record === null) throw loginRequired(name);
  const report = reportLogin(record, now);
  if (report.state === 'expired') throw loginExpired(name, record.ended ?? 'it was not renewable');
  return report;
}

async function askWhoAmI(context: ClientContext): Promise<LoginReport> {
  const control = await context.control();
  const { tokenExpiresAt, ...principal } = await control.whoami();
  return {
    profile: context.profile,
    gateway: context.gatewayUrl,
    state: 'given',
    principal,
    expiresAt: tokenExpiresAt,
    provider: principal.issuer,
    storedIn: null,
    ended: null,
  };
}
