import { isMap, isScalar, isSeq, type Node, parseAllDocuments, type Scalar } from 'yaml';
import type { JsonValue } from '../../../core/json.ts';

const maxDepth = 128;
const maxNodes = 200_000;

/**
 * The value of a YAML text of one document, where no two parsers could read it differently. Null
 * for anchors, aliases, merge keys, explicit tags, names that occur twice or are no text, and for
 * scalars that YAML 1.1, which the API server reads, and YAML 1.2 take for different things (`yes`,
 * `0777`).
 */
export function parseStrictYaml(bytes: Buffer): { readonly value: JsonValue } | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    // Says which YAML is meant, and not every parser listens.
    if (/^%/m.test(text)) return null;
    const older = parse(text, '1.1');
    const newer = parse(text, '1.2');
    return JSON.stringify(older) === JSON.stringify(newer) ? { value: newer } : null;
  } catch {
    return null;
  }
}

function parse(text: string, version: '1.1' | '1.2'): JsonValue {
  const parsed = parseAllDocuments(text, {
    version,
    uniqueKeys: true,
    merge: false,
    strict: true,
    prettyErrors: false,
  });
  if (!Array.isArray(parsed)) throw new Error('no document');
  const [document] = parsed;
  if (document === undefined || parsed.length > 1) throw new Error('not one document');
  if (document.errors.length + document.warnings.length > 0) throw new Error('not sound');
  let nodes = 0;

  function jsonOf(node: unknown, depth: number): JsonValue {
    nodes += 1;
    if (depth > maxDepth || nodes > maxNodes) throw new Error('too much');
    if (node === null || node === undefined) return null;
    if (isMap(node)) {
      checkPlain(node);
      const entries = node.items.map(({ key, value }): [string, JsonValue] => [
        nameOf(key),
        jsonOf(value, depth + 1),
      ]);
      if (new Set(entries.map(([name]) => name)).size < entries.length) throw new Error('twice');
      return Object.fromEntries(entries);
    }
    if (isSeq(node)) {
      checkPlain(node);
      return node.items.map((item) => jsonOf(item, depth + 1));
    }
    if (isScalar(node)) return scalarOf(node);
    throw new Error('an alias');
  }

  return jsonOf(document.contents, 0);
}

function scalarOf(node: Scalar): JsonValue {
  checkPlain(node);
  const { value } = node;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Error('not a value of JSON');
}

function nameOf(key: unknown): string {
  if (!isScalar(key) || typeof key.value !== 'string' || key.value === '<<') {
    throw new Error('not a name');
  }
  checkPlain(key);
  return key.value;
}

function checkPlain(node: Node): void {
  const anchored = 'anchor' in node && node.anchor !== undefined;
  if (anchored || node.tag !== undefined) throw new Error('an anchor or a tag');
}
