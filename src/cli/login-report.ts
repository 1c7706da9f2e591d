import { safeLine } from '../core/safe-text.ts';
import type { LoginPrincipal, LoginRecord } from '../identity/login-record.ts';

/** One login as `status` and `whoami` print it. Times are RFC 3339. */
export interface LoginReport {
  readonly profile: string;
  readonly gateway: string;
  /** `given` by HOOPX_TOKEN or a file; the rest are stored logins. */
  readonly state: 'valid' | 'renewable' | 'expired' | 'given';
  readonly principal: LoginPrincipal;
  readonly expiresAt: string;
  readonly provider: string;
  readonly storedIn: 'keychain' | 'file' | null;
  /** Why it ended before its time. */
  readonly ended: string | null;
}

export function reportLogin(record: LoginRecord, now: number): LoginReport {
  const { profile, gateway, who, expiresAt, issuer, place, ended } = record;
  return {
    profile,
    gateway,
    state: stateOf(record, now),
    principal: who,
    expiresAt: new Date(expiresAt).toISOString(),
    provider: issuer.issuer,
    storedIn: place,
    ended,
  };
}

function stateOf({ ended, expiresAt, renewable }: LoginRecord, now: number): LoginReport['state'] {
  if (ended !== null) return 'expired';
  if (now < expiresAt) return 'valid';
  return renewable ? 'renewable' : 'expired';
}

/** For a person; text from others made safe. */
export function describeLogin(report: LoginReport, now: number): readonly string[] {
  const { principal, gateway, profile } = report;
  const { kind, person } = principal;
  const role = kind === 'human' ? '' : ` (${safeLine(kind)} of ${safeLine(person)})`;
  const missing = principal.groupsClaimMissing ? ' (the token has no claim for groups)' : '';
  const groups = principal.groups.map((group) => safeLine(group)).join(', ');
  return [
    `${safeLine(principal.name)}${role}`,
    `  gateway  ${safeLine(gateway)} (profile ${safeLine(profile)})`,
    `  groups   ${groups === '' ? 'none' : groups}${missing}`,
    `  until    ${describeUntil(report, now)}`,
  ];
}

function describeUntil({ state, expiresAt, ended }: LoginReport, now: number): string {
  const when = `${expiresAt.slice(0, 19)}Z`;
  switch (state) {
    case 'valid':
    case 'given':
      return `${when} (in ${duration(Date.parse(expiresAt) - now)})`;
    case 'renewable':
      return `${when}, to be renewed at the next command`;
    case 'expired':
      return ended === null ? `expired at ${when}` : `ended: ${safeLine(ended)}`;
  }
}

function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
