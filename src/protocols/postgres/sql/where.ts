import type { JsonValue } from '../../../core/json.ts';
import { type Fields, isObject, listOf, nameParts, stringOf, unwrap } from './tree.ts';

export type WhereKind = 'present' | 'missing' | 'constant';

/**
 * How UPDATE, DELETE and MERGE choose rows. A condition that no column of the target decides is
 * constant: `true`, `1 = 1`, `id = id`, `$1`, `x = 1 OR true`, and `EXISTS (SELECT …)` unless the
 * subquery names the target. Said of the condition's form; `id > 0` counts as present.
 */
export function whereKind(condition: JsonValue | undefined, target: Fields): WhereKind {
  if (condition === undefined) return 'missing';
  return isConstant(condition, targetNames(target)) ? 'constant' : 'present';
}

function targetNames(target: Fields): ReadonlySet<string> {
  const alias = isObject(target.alias) ? stringOf(target.alias.aliasname) : '';
  return new Set([alias === '' ? stringOf(target.relname) : alias]);
}

function isConstant(condition: JsonValue, target: ReadonlySet<string>): boolean {
  const node = unwrap(condition);
  if (node?.kind === 'BoolExpr') {
    const args = listOf(node.fields.args);
    if (node.fields.boolop === 'OR_EXPR') return args.some((arg) => isConstant(arg, target));
    return args.every((arg) => isConstant(arg, target));
  }
  if (node?.kind === 'A_Expr' && comparesWithItself(node.fields, target)) return true;
  return !namesColumn(condition, target, false);
}

/** `id = id`, `accounts.id >= id`: true for every row, NULL aside. */
function comparesWithItself({ name, lexpr, rexpr }: Fields, target: ReadonlySet<string>): boolean {
  const [operator = '', ...rest] = nameParts(name);
  if (rest.length > 0 || !['=', '<=', '>='].includes(operator)) return false;
  const left = ownColumn(lexpr, target);
  return left !== null && left === ownColumn(rexpr, target);
}

/** The name of a column of the target; null for anything else. */
function ownColumn(value: JsonValue | undefined, target: ReadonlySet<string>): string | null {
  const node = unwrap(value);
  if (node?.kind !== 'ColumnRef') return null;
  const parts = nameParts(node.fields.fields);
  const table = parts.at(-2);
  return table === undefined || target.has(table) ? (parts.at(-1) ?? null) : null;
}

function namesColumn(
  value: JsonValue | undefined,
  target: ReadonlySet<string>,
  below: boolean,
): boolean {
  if (Array.isArray(value)) return value.some((item) => namesColumn(item, target, below));
  if (!isObject(value)) return false;
  for (const key in value) {
    const child = value[key];
    if (key === 'CurrentOfExpr') return true;
    if (key === 'ColumnRef') {
      const parts = isObject(child) ? nameParts(child.fields) : [];
      if (!below || target.has(parts.at(-2) ?? '')) return true;
    } else if (namesColumn(child, target, below || key === 'subselect')) return true;
  }
  return false;
}
