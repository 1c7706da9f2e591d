import { constants } from 'node:os';
import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_RESPONSE_STATUS_CODE,
  ATTR_DB_SYSTEM_NAME,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  DB_SYSTEM_NAME_VALUE_POSTGRESQL,
} from '@opentelemetry/semantic-conventions';
import type { Facts, Protocol } from '../core/facts.ts';

/*
 * What is told of an operation. Each value is of a closed list, a number, or a name from the
 * configuration: nothing that a client or a target has written.
 */

/** Those of HTTP's registry that a client may send; semantic conventions, "HTTP method". */
const methods: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY'],
]);

/** The commonest command tags; of others the classes tell enough. */
const tags: ReadonlySet<string> = new Set([
  ...['select', 'insert', 'update', 'delete', 'merge', 'copy', 'call', 'do', 'explain', 'show'],
  ...['set', 'reset', 'begin', 'start_transaction', 'commit', 'rollback', 'savepoint', 'release'],
  ...['prepare', 'execute', 'deallocate', 'declare_cursor', 'fetch', 'close_cursor', 'discard_all'],
  ...['create_table', 'create_table_as', 'alter_table', 'drop_table', 'truncate_table'],
  ...['create_index', 'drop_index', 'create_view', 'drop_view', 'create_schema', 'drop_schema'],
  ...['create_database', 'drop_database', 'create_function', 'drop_function', 'create_role'],
  ...['alter_role', 'drop_role', 'grant', 'revoke', 'vacuum', 'analyze', 'lock_table', 'comment'],
]);

export function ofFacts(facts: Facts): Attributes {
  switch (facts.protocol) {
    case 'postgres': {
      const [only, ...others] = facts.statements;
      const tag = others.length === 0 ? tagOf(only) : null;
      return {
        [ATTR_DB_SYSTEM_NAME]: DB_SYSTEM_NAME_VALUE_POSTGRESQL,
        ...(tag === null ? {} : { [ATTR_DB_OPERATION_NAME]: tag }),
        'hoopx.classes': [...facts.classes],
      };
    }
    case 'ssh':
      return { 'hoopx.ssh.kinds': [...facts.kinds], 'hoopx.classes': [...facts.classes] };
    case 'http':
      return {
        [ATTR_HTTP_REQUEST_METHOD]: methods.has(facts.method) ? facts.method : '_OTHER',
        'hoopx.classes': [...facts.classes],
      };
    case 'kubernetes':
      return { 'hoopx.kubernetes.verb': facts.verb, 'hoopx.classes': [...facts.classes] };
    default:
      return facts satisfies never;
  }
}

function tagOf(statement: string | undefined): string | null {
  if (statement === undefined || !tags.has(statement)) return null;
  return statement.replaceAll('_', ' ').toUpperCase();
}

/** The target's own code; what is no code of its protocol is not told. */
export function ofTargetCode(protocol: Protocol, code: string | null): Attributes {
  if (code === null) return {};
  switch (protocol) {
    case 'postgres':
      return /^[0-9A-Z]{5}$/.test(code) ? { [ATTR_DB_RESPONSE_STATUS_CODE]: code } : {};
    case 'http':
    case 'kubernetes':
      return /^[1-9]\d\d$/.test(code) ? { [ATTR_HTTP_RESPONSE_STATUS_CODE]: Number(code) } : {};
    case 'ssh':
      return ofEnding(code);
    default:
      return protocol satisfies never;
  }
}

/** `exit 1` or `signal TERM`. */
function ofEnding(code: string): Attributes {
  const [, kind, what = ''] = /^(exit|signal) (\S+)$/.exec(code) ?? [];
  if (kind === 'exit' && /^\d{1,10}$/.test(what)) return { 'process.exit.code': Number(what) };
  return Object.hasOwn(constants.signals, `SIG${what}`) ? { 'hoopx.ssh.signal': what } : {};
}
