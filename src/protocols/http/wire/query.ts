import { RequestError } from './request-error.ts';

export interface QueryPair {
  readonly name: string;
  readonly value: string;
}

const queryCharacters = /^[\x21-\x22\x24-\x7e]*$/;

/**
 * Names and values (URL Standard, application/x-www-form-urlencoded). Where servers disagree
 * whether `;` separates, both readings are in the set. Throws a RequestError for what has none.
 */
export function parseQuery(raw: string): readonly QueryPair[] {
  if (!queryCharacters.test(raw)) {
    throw new RequestError('AMBIGUOUS_TARGET', 'the query has characters that must be encoded');
  }
  const pairs = pairsOf(raw.split('&'));
  return raw.includes(';') ? [...pairs, ...pairsOf(raw.split(/[&;]/))] : pairs;
}

function pairsOf(parts: readonly string[]): QueryPair[] {
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at === -1
        ? { name: decode(part), value: '' }
        : { name: decode(part.slice(0, at)), value: decode(part.slice(at + 1)) };
    });
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '));
    if (!decoded.includes('\0')) return decoded;
  } catch {
    // Said below.
  }
  throw new RequestError('AMBIGUOUS_TARGET', 'the query is not UTF-8 text, percent-encoded');
}
