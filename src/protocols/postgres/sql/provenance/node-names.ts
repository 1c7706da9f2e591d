import type { JsonValue } from '../../../../core/json.ts';
import { builtinFunctions, informationSchemaFunctions } from '../builtin-functions.ts';
import { builtinTypes } from '../builtin-names.ts';
import { type Fields, isObject, listOf, nameParts, unwrap } from '../tree.ts';

const pinnedSchemas: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema']);

/** Whose results have names that the statement does not tell. */
export const tableFunctions: ReadonlySet<string> = new Set([
  'RangeFunction',
  'RangeTableFunc',
  'JsonTable',
]);

export function isRelation(field: string, value: JsonValue | undefined): boolean {
  return field === 'relation' && isObject(value) && typeof value.relname === 'string';
}

/** Of a cast, or of a column that is defined: it comes without a wrapper of its own. */
export function isTypeName(field: string, value: JsonValue | undefined): boolean {
  return field === 'typeName' && isObject(value) && Array.isArray(value.names);
}

export function endsInStar(fields: Fields): boolean {
  return unwrap(listOf(fields.indirection).at(-1))?.kind === 'A_Star';
}

export function columnNames(row: JsonValue): readonly string[] {
  return listOf(unwrap(row)?.fields.items).map((_, index) => `column${index + 1}`);
}

export function isBuiltinFunction(schema: string | null, name: string): boolean {
  if (schema === null || schema === 'pg_catalog') return builtinFunctions.has(name);
  return schema === 'information_schema' && informationSchemaFunctions.has(name);
}

export function isBuiltinType(fields: Fields): boolean {
  const parts = nameParts(fields.names);
  const schema = parts.at(-2) ?? 'pg_catalog';
  return pinnedSchemas.has(schema) && builtinTypes.has(parts.at(-1) ?? '');
}
