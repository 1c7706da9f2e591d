import type { SqlClass } from '../../../core/facts.ts';
import type { JsonValue } from '../../../core/json.ts';
import { builtinFunctions, informationSchemaFunctions } from './builtin-functions.ts';
import {
  builtinOperators,
  builtinSamplingMethods,
  builtinTypes,
  informationSchemaTypes,
} from './builtin-names.ts';
import type { Gathering } from './findings.ts';
import { listOf, stringConstant } from './tree.ts';

/** Functions whose effect is known: it stays when a connection trusts them. */
const effects: ReadonlyMap<string, readonly SqlClass[]> = new Map([
  ['nextval', ['write']],
  ['setval', ['write']],
  ['pg_notify', ['write']],
  ['set_config', ['dcl']],
]);

const sequenceFunctions: ReadonlySet<string> = new Set(['nextval', 'setval']);
const plainName = /^[a-z_][a-z0-9_$]*$/;

interface Name {
  readonly schema: string | null;
  readonly name: string;
}

/** The last two parts; a database's name before them says nothing that the server would accept. */
export function qualified(parts: readonly string[]): Name {
  return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' };
}

function inCatalog({ schema }: Name): boolean {
  return schema === null || schema === 'pg_catalog';
}

/** A call `name(args)`, in whatever notation. */
export function called(
  gathering: Gathering,
  parts: readonly string[],
  args: JsonValue | undefined,
): void {
  const call = qualified(parts);
  gathering.functions.add(call.schema, call.name);
  if (inCatalog(call)) {
    if (builtinFunctions.has(call.name)) return;
    gathering.class(...(effects.get(call.name) ?? []));
    if (sequenceFunctions.has(call.name) && namesSequence(gathering, args)) return;
  } else if (call.schema === 'information_schema' && informationSchemaFunctions.has(call.name)) {
    return;
  }
  gathering.untrusted.add(call.schema, call.name);
}

/** The sequence is a relation that is written; hidden in an expression, the call is opaque. */
function namesSequence(gathering: Gathering, args: JsonValue | undefined): boolean {
  const parts = (stringConstant(listOf(args)[0]) ?? '').split('.');
  if (parts.length > 2 || !parts.every((part) => plainName.test(part))) return false;
  const { schema, name } = qualified(parts);
  gathering.writes.add(schema, name);
  return true;
}

/** A conversion to a type: runs its input function, its casts, a domain's checks. */
export function convertedTo(gathering: Gathering, parts: readonly string[]): void {
  const type = qualified(parts);
  if (inCatalog(type) && builtinTypes.has(type.name)) return;
  if (type.schema === 'information_schema' && informationSchemaTypes.has(type.name)) return;
  gathering.functions.add(type.schema, type.name);
  gathering.untrusted.add(type.schema, type.name);
}

export function operatorUsed(gathering: Gathering, parts: readonly string[]): void {
  const operator = qualified(parts);
  if (operator.name === '') return;
  if (inCatalog(operator) && builtinOperators.has(operator.name)) return;
  gathering.functions.add(operator.schema, operator.name);
  gathering.untrusted.add(operator.schema, operator.name);
}

export function sampledBy(gathering: Gathering, parts: readonly string[]): void {
  const method = qualified(parts);
  if (inCatalog(method) && builtinSamplingMethods.has(method.name)) return;
  gathering.functions.add(method.schema, method.name);
  gathering.untrusted.add(method.schema, method.name);
}
