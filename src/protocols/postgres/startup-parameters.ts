import type { Refusal } from '../../core/refusal.ts';
import { safeLine } from '../../core/safe-text.ts';
import { keepsFloatsExact } from './sql/settings.ts';
import type { PostgresTarget } from './target.ts';

/** What a client may set as its session opens, without anybody being asked. */
const allowed: ReadonlySet<string> = new Set([
  'application_name',
  'bytea_output',
  'client_min_messages',
  'datestyle',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'intervalstyle',
  'jit',
  'lock_timeout',
  'statement_timeout',
  'timezone',
]);

const floatDigits = 'extra_float_digits';

/** SQL_ASCII declares no encoding: such a client gets UTF8, and ParameterStatus tells it so. */
const encodingsLikeUtf8: ReadonlySet<string> = new Set(['utf8', 'unicode', 'sqlascii']);

/** Things that a rule has to allow, as the client worded them. */
export interface StartupAsks {
  readonly options?: string;
  readonly replication?: string;
}

export interface VettedStartup {
  readonly kind: 'vetted';
  readonly database: string;
  /** For the server, names in lower case; user, database and what is pinned left out. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly applicationName: string;
  readonly asks: StartupAsks;
}

export type Vetting = VettedStartup | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Judges a client's startup parameters. The user is ignored: the connection has its own. A
 * database named like the user is what clients send when nobody named one.
 */
export function vetStartup(
  sent: ReadonlyMap<string, string>,
  target: Pick<PostgresTarget, 'database' | 'databases'>,
): Vetting {
  const parameters = new Map<string, string>();
  const asks: { options?: string; replication?: string } = {};
  for (const [name, value] of sent) {
    const key = name.toLowerCase();
    if (key === 'user' || key === 'database') continue;
    if (key === 'options') {
      if (value.trim() !== '') asks.options = value;
    } else if (key === 'replication') {
      if (!isFalse(value)) asks.replication = value;
    } else if (allowed.has(key) || (key === floatDigits && keepsFloatsExact(value))) {
      parameters.set(key, value);
    } else {
      const refusal = pinned(key, value) ?? unlisted(name);
      if (refusal !== 'kept') return { kind: 'refused', refusal };
    }
  }
  const database = databaseFor(sent, target);
  if (database === null) return { kind: 'refused', refusal: otherDatabase(sent, target) };
  const applicationName = parameters.get('application_name') ?? '';
  return { kind: 'vetted', database, parameters, applicationName, asks };
}

function databaseFor(
  sent: ReadonlyMap<string, string>,
  target: Pick<PostgresTarget, 'database' | 'databases'>,
): string | null {
  const named = sent.get('database') ?? '';
  if (named === '' || named === target.database) return target.database;
  if (target.databases.includes(named)) return named;
  return named === sent.get('user') ? target.database : null;
}

/** Null for a parameter that is not pinned; `kept` when the client asks for what it gets anyway. */
function pinned(key: string, value: string): Refusal | 'kept' | null {
  switch (key) {
    case 'client_encoding':
      return encodingsLikeUtf8.has(value.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
        ? 'kept'
        : violation(`client_encoding ${safeLine(value)} is not supported`, 'Use UTF8.');
    case 'standard_conforming_strings':
      return isTrue(value)
        ? 'kept'
        : violation('standard_conforming_strings cannot be turned off here');
    case floatDigits:
      return violation(
        `extra_float_digits ${safeLine(value)} is not allowed`,
        'Use 1, 2 or 3, or SET once connected.',
      );
    default:
      return null;
  }
}

function unlisted(name: string): Refusal {
  return violation(
    `startup parameter "${safeLine(name)}" is not allowed`,
    'Leave it out, and use SET once connected.',
  );
}

function otherDatabase(
  sent: ReadonlyMap<string, string>,
  target: Pick<PostgresTarget, 'database' | 'databases'>,
): Refusal {
  const known = [target.database, ...target.databases].map((name) => `"${safeLine(name)}"`);
  return {
    code: 'ACCESS_DENIED',
    message: `database "${safeLine(sent.get('database') ?? '')}" is not part of this connection`,
    hint: `It has ${known.join(', ')}.`,
  };
}

function violation(message: string, hint?: string): Refusal {
  return { code: 'PROTOCOL_VIOLATION', message, ...(hint === undefined ? {} : { hint }) };
}

/** As the server reads booleans: any prefix that means one thing only. */
function isFalse(value: string): boolean {
  return ['', '0', 'f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off'].includes(
    value.toLowerCase(),
  );
}

function isTrue(value: string): boolean {
  return ['1', 't', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on'].includes(value.toLowerCase());
}
