import type { JsonObject, JsonValue } from '../../../core/json.ts';

/** A node of the parse tree without its wrapper: the fields of one node kind. */
export type Fields = JsonObject;

/** `{ SelectStmt: {…} }`: node kinds start with a capital letter, field names never do. */
export interface Wrapped {
  readonly kind: string;
  readonly fields: Fields;
}

const none: Fields = {};
const nothing: readonly JsonValue[] = [];

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function unwrap(value: JsonValue | undefined): Wrapped | null {
  if (!isObject(value)) return null;
  for (const kind in value) {
    const first = kind.charCodeAt(0);
    if (first < 65 || first > 90) return null;
    const fields = value[kind];
    return { kind, fields: isObject(fields) ? fields : none };
  }
  return null;
}

export function stringOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : nothing;
}

export function fieldsOf(value: JsonValue | undefined): Fields {
  return isObject(value) ? value : none;
}

/** The text of a `String` node; null for anything else. */
export function stringNode(value: JsonValue | undefined): string | null {
  const node = unwrap(value);
  return node?.kind === 'String' ? stringOf(node.fields.sval) : null;
}

/** The texts of a list of `String` nodes: a qualified name. Other members are left out. */
export function nameParts(value: JsonValue | undefined): string[] {
  const parts: string[] = [];
  for (const item of listOf(value)) {
    const part = stringNode(item);
    if (part !== null) parts.push(part);
  }
  return parts;
}

/** A string constant, also as `'…'::type`; null for anything else. */
export function stringConstant(value: JsonValue | undefined): string | null {
  const node = unwrap(value);
  if (node?.kind === 'TypeCast') return stringConstant(node.fields.arg);
  if (node?.kind !== 'A_Const' || !isObject(node.fields.sval)) return null;
  return stringOf(node.fields.sval.sval);
}
