import type { JsonValue } from '../../../../core/json.ts';
import { type Fields, isObject, listOf, nameParts, stringOf, unwrap } from '../tree.ts';
import { referenceOf } from './gather.ts';
import { columnNames, endsInStar } from './node-names.ts';

/** Names that PostgreSQL itself gives to result columns without one (FigureColname). */
const given: ReadonlySet<string> = new Set([
  '?column?',
  'array',
  'case',
  'coalesce',
  'exists',
  'greatest',
  'grouping',
  'json_array',
  'json_arrayagg',
  'json_exists',
  'json_object',
  'json_objectagg',
  'json_query',
  'json_scalar',
  'json_serialize',
  'json_value',
  'json',
  'least',
  'merge_action',
  'nullif',
  'row',
  'xmlconcat',
  'xmlelement',
  'xmlexists',
  'xmlforest',
  'xmlparse',
  'xmlpi',
  'xmlroot',
  'xmlserialize',
]);

/** Every name that a result column may get from an expression without AS: more than it will. */
export function impliedNames(expression: JsonValue | undefined): string[] {
  const names = new Set(given);
  collect(expression, names, 0);
  return [...names];
}

const deepest = 200;

function collect(value: JsonValue | undefined, names: Set<string>, depth: number): void {
  if (depth > deepest) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, names, depth + 1);
    return;
  }
  if (!isObject(value)) return;
  for (const key in value) {
    const child = value[key];
    if (key === 'funcname' || key === 'names' || key === 'fields' || key === 'indirection') {
      const last = nameParts(child).at(-1);
      if (last !== undefined) names.add(last);
    } else if (key === 'name' && typeof child === 'string') names.add(child);
    collect(child, names, depth + 1);
  }
}

/** The names of an `Alias` node: of the item itself, and of its columns. */
export function aliasNames(alias: JsonValue | undefined): {
  readonly name: string | null;
  readonly columns: readonly string[];
} {
  const node = unwrap(alias);
  const fields = node?.kind === 'Alias' ? node.fields : isObject(alias) ? alias : null;
  if (fields === null) return { name: null, columns: [] };
  return { name: stringOf(fields.aliasname) || null, columns: nameParts(fields.colnames) };
}

/** Names of the result columns of the first arm; null where a star gives them. */
export function resultNames(fields: Fields): readonly string[] | null {
  if (isObject(fields.larg)) return resultNames(fields.larg);
  const [row] = listOf(fields.valuesLists);
  if (row !== undefined) return columnNames(row);
  const names: string[] = [];
  for (const item of listOf(fields.targetList)) {
    const { name, val } = unwrap(item)?.fields ?? {};
    const node = unwrap(val);
    if (typeof name === 'string') names.push(name);
    else if (node?.kind === 'ColumnRef') {
      const reference = referenceOf(node.fields);
      if (reference.name === '*') return null;
      names.push(reference.name);
    } else if (node?.kind === 'A_Indirection' && endsInStar(node.fields)) return null;
    else names.push(...impliedNames(val));
  }
  return names;
}
