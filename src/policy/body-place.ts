import type { JsonValue } from '../core/json.ts';

/**
 * The values at a dotted place, as texts: `spec.replicas`, `items.*.name`, where `*` is each
 * member of an object or array.
 */
export function valuesAt(value: JsonValue, place: string): readonly string[] {
  return membersAt(value, place.split('.')).map(shown);
}

function membersAt(value: JsonValue, keys: readonly string[]): readonly JsonValue[] {
  const [key, ...rest] = keys;
  if (key === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [];
  const members = Object.entries(value).filter(([name]) => key === '*' || name === key);
  return members.flatMap(([, member]) => membersAt(member, rest));
}

function shown(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
