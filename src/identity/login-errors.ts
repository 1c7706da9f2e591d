import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';

/** One login: one person at one gateway. */
export interface LoginName {
  readonly profile: string;
  /** Without a trailing slash; one spelling for each gateway. */
  readonly gateway: string;
}

/** The command that renews a login, ready to paste. */
export function loginCommand({ profile, gateway }: LoginName): string {
  const words = ['hoopx', 'login', '--gateway', gateway];
  if (profile !== 'default') words.push('--profile', shellWord(profile));
  return words.join(' ');
}

function shellWord(text: string): string {
  return /^[\w.@%+=:,/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function loginRequired(login: LoginName): UserError {
  return new UserError(`you are not logged in to ${login.gateway} (profile ${login.profile})`, {
    code: 'LOGIN_REQUIRED',
    exitCode: exitCodes.loginRequired,
    hint: `Run: ${loginCommand(login)}`,
  });
}

export function loginExpired(login: LoginName, why: string, cause?: unknown): UserError {
  return new UserError(`your login to ${login.gateway} has expired: ${why}`, {
    code: 'LOGIN_EXPIRED',
    exitCode: exitCodes.loginRequired,
    hint: `Run: ${loginCommand(login)}`,
    cause,
  });
}
