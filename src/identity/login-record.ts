import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { isErrno, readIfPresent, writePrivateFile } from '../config/private-file.ts';
import type { CredentialPlace } from './credential-store.ts';
import { isRecord, parseObject } from './decoded-token.ts';
import type { LoginName } from './login-errors.ts';
import type { LoginIssuer } from './provider-client.ts';

/** Who the gateway says that a login is. Shaped like the control API's principal. */
export interface LoginPrincipal {
  readonly name: string;
  readonly subject: string;
  readonly issuer: string;
  readonly kind: string;
  readonly person: string;
  readonly groups: readonly string[];
  readonly groupsClaimMissing: boolean;
}

/** All that is known of a login without its secrets: what `status` reads. Times in milliseconds. */
export interface LoginRecord extends LoginName {
  readonly version: 1;
  readonly issuer: LoginIssuer;
  /** Where the tokens are, and under which key. */
  readonly place: CredentialPlace;
  readonly key: string;
  readonly who: LoginPrincipal;
  readonly obtainedAt: number;
  readonly expiresAt: number;
  readonly renewable: boolean;
  /** Why there will be no further token; null while there may be. */
  readonly ended: string | null;
}

export async function readLogin(state: string, login: LoginName): Promise<LoginRecord | null> {
  const record = await readRecord(recordFile(state, login));
  // A file's name is a hash; its content must still be what was asked for.
  return record?.profile === login.profile && record.gateway === login.gateway ? record : null;
}

export async function writeLogin(state: string, record: LoginRecord): Promise<void> {
  await writePrivateFile(recordFile(state, record), `${JSON.stringify(record)}\n`);
}

export async function removeLogin(state: string, login: LoginName): Promise<void> {
  await rm(recordFile(state, login), { force: true });
}

/** Every login of this user on this machine, by profile, then gateway. */
export async function listLogins(state: string): Promise<readonly LoginRecord[]> {
  const records: LoginRecord[] = [];
  for (const name of await recordNames(state)) {
    const record = await readRecord(path.join(state, 'logins', name));
    if (record !== null) records.push(record);
  }
  const order = ({ profile, gateway }: LoginName) => `${profile} ${gateway}`;
  return records.sort((a, b) => order(a).localeCompare(order(b)));
}

async function recordNames(state: string): Promise<readonly string[]> {
  try {
    const names = await readdir(path.join(state, 'logins'));
    return names.filter((name) => name.endsWith('.json'));
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return [];
    throw error;
  }
}

function recordFile(state: string, { profile, gateway }: LoginName): string {
  const name = createHash('sha256')
    .update(JSON.stringify([profile, gateway]))
    .digest('hex');
  return path.join(state, 'logins', `${name.slice(0, 32)}.json`);
}

async function readRecord(file: string): Promise<LoginRecord | null> {
  const text = await readIfPresent(file);
  const value = text === null ? null : parseObject(text);
  return isLoginRecord(value) ? value : null;
}

function isLoginRecord(value: unknown): value is LoginRecord {
  if (!isRecord(value) || value.version !== 1) return false;
  const texts = [value.profile, value.gateway, value.key];
  const numbers = [value.obtainedAt, value.expiresAt];
  return (
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => typeof number === 'number') &&
    (value.place === 'keychain' || value.place === 'file') &&
    isIssuer(value.issuer) &&
    isWho(value.who)
  );
}

function isIssuer(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { issuer, clientId, scopes, audience } = value;
  return (
    typeof issuer === 'string' &&
    typeof clientId === 'string' &&
    Array.isArray(scopes) &&
    (audience === null || typeof audience === 'string')
  );
}

function isWho(value: unknown): boolean {
  return isRecord(value) && typeof value.name === 'string' && Array.isArray(value.groups);
}
