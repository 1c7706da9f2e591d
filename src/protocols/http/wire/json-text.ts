import type { JsonValue } from '../../../core/json.ts';

const maxDepth = 128;

/**
 * The value of a JSON text (RFC 8259), UTF-8. Null for what is none, and for what two parsers
 * read differently: names that occur twice, a byte order mark, numbers beyond a double, nesting
 * beyond what common parsers take.
 */
export function parseJsonText(bytes: Buffer): { readonly value: JsonValue } | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: JsonValue = JSON.parse(text);
    return isUnequivocal(text) ? { value } : null;
  } catch {
    return null;
  }
}

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|-?\d[\d.eE+-]*/gs;

/** Walks the tokens of a text that is known to be JSON. */
function isUnequivocal(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  let last: string | null = null;
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : null);
      if (open.length > maxDepth) return false;
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':') {
      const names = open.at(-1);
      const name = nameOf(last);
      if (names?.has(name)) return false;
      names?.add(name);
    } else if (token !== ',' && !token.startsWith('"') && !Number.isFinite(Number(token))) {
      return false;
    }
    last = token;
  }
  return true;
}

function nameOf(token: string | null): string {
  const name: unknown = JSON.parse(token ?? '""');
  return typeof name === 'string' ? name : '';
}
