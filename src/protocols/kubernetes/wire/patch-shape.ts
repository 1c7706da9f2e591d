import type { JsonObject, JsonValue } from '../../../core/json.ts';

/**
 * A JSON patch (RFC 6902) as what it would leave behind: each value at its place. Where a value
 * comes from elsewhere in the object (`copy`, `move`), `true` stands for it. Null for what is no
 * JSON patch.
 */
export function jsonPatchShape(patch: JsonValue): readonly JsonValue[] | null {
  if (!Array.isArray(patch)) return null;
  const shapes: JsonValue[] = [];
  for (const each of patch) {
    if (!isObject(each) || typeof each.path !== 'string' || typeof each.op !== 'string')
      return null;
    if (each.op === 'remove' || each.op === 'test') continue;
    if (!['add', 'replace', 'copy', 'move'].includes(each.op)) return null;
    const moved = each.op === 'copy' || each.op === 'move';
    shapes.push(atPointer(each.path, moved ? true : (each.value ?? null)));
  }
  return shapes;
}

/** RFC 6901: `/spec/template/metadata/annotations/a~1b`. */
function atPointer(pointer: string, value: JsonValue): JsonValue {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return keys.reduceRight<JsonValue>((inner, key) => Object.fromEntries([[key, inner]]), value);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
