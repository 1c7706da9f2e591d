import { readFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { exitCodes } from '../core/exit-codes.ts';
import { isLoopback } from '../core/loopback.ts';
import { UserError } from '../core/user-error.ts';
import { directQuery } from './direct-query.ts';
import { prepareSample, removeSample } from './sample.ts';
import type { DemoTarget } from './target.ts';

type Tls = NonNullable<DemoTarget['tls']>;

const modes: readonly Tls[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];

type Address = Omit<DemoTarget, 'remarks' | 'query' | 'close'>;

/**
 * `--postgres URL`. The sample's tables are made there, and dropped at the end if they were.
 * @throws UserError POSTGRES_URL (64), POSTGRES_UNREACHABLE (69), DEMO_TABLES (64)
 */
export async function openGivenPostgres(text: string): Promise<DemoTarget> {
  const address = parsePostgresUrl(text);
  const query = directQuery(clientConfig(address));
  const { host, port } = address;
  const [role] = await query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user').catch(
    (cause) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(`the PostgreSQL at ${host}:${port} cannot be used: ${why}`, {
        code: 'POSTGRES_UNREACHABLE',
        exitCode: exitCodes.gatewayUnreachable,
        hint: 'Check --postgres, or leave it out for a PostgreSQL of its own.',
        cause,
      });
    },
  );
  const made = await prepareSample(query);
  const superuser = `${address.user} is a superuser there: no rule can see all that its functions do.`;
  return {
    ...address,
    remarks: role?.rolsuper === true ? [superuser] : [],
    query,
    close: () => removeSample(query, made),
  };
}

/** @throws UserError POSTGRES_URL */
export function parsePostgresUrl(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) throw badUrl('it is none');
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(url.username);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (host === '' || host.startsWith('/')) throw badUrl('it names no host');
  if (user === '') throw badUrl('it names no user');
  if (database === '') throw badUrl('it names no database');
  const mode = url.searchParams.get('sslmode');
  const tls = mode === null ? null : (modes.find((each) => each === mode) ?? null);
  if (mode !== null && tls === null) throw badUrl(`sslmode is one of ${modes.join(', ')}`);
  const ca = url.searchParams.get('sslrootcert');
  return {
    ...{ host, user, database, tls },
    port: url.port === '' ? 5432 : Number(url.port),
    password: url.password === '' ? null : decodeURIComponent(url.password),
    ca: ca === null ? null : path.resolve(ca),
    url: text,
  };
}

function clientConfig(address: Address): pg.ClientConfig {
  const { host, port, database, user, password } = address;
  const base = { host, port, database, user, ssl: encryption(address) };
  return password === null ? base : { ...base, password };
}

function encryption({ tls, ca, host }: Address): pg.ClientConfig['ssl'] {
  const mode = tls ?? (isLoopback(host) ? 'disable' : 'verify-full');
  const authority = ca === null ? {} : { ca: readFileSync(ca, 'utf8') };
  switch (mode) {
    case 'disable':
    case 'prefer':
      return false;
    case 'require':
      return {
        ...authority,
        rejectUnauthorized: ca !== null,
        checkServerIdentity: () => undefined,
      };
    case 'verify-ca':
      return { ...authority, checkServerIdentity: () => undefined };
    case 'verify-full':
      return authority;
    default:
      return mode satisfies never;
  }
}

function badUrl(why: string): UserError {
  return new UserError(`--postgres is not the address of a database: ${why}`, {
    code: 'POSTGRES_URL',
    exitCode: exitCodes.usage,
    hint: 'It looks like postgres://user:password@127.0.0.1:5432/database.',
  });
}
