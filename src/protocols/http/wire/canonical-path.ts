import { RequestError } from './request-error.ts';

/** `sent` leaves for the target; `decoded` is what its segments mean, slashes between them. */
export interface CanonicalPath {
  readonly sent: string;
  readonly decoded: string;
}

// RFC 3986, 3.3: pchar and the slash, without `;`, of which servers disagree whether it
// belongs to the segment.
const pathCharacters = /^[A-Za-z0-9\-._~!$&'()*+,=:@/%]*$/;
const escapes = /%([0-9A-Fa-f]{2})?/g;
const unreserved = /[A-Za-z0-9\-._~]/;

/**
 * One spelling for each path (RFC 3986, 6.2.2): escapes in upper case, none where none is
 * needed. Throws a RequestError where two servers could disagree which resource is meant.
 */
export function canonicalPath(raw: string): CanonicalPath {
  if (!raw.startsWith('/')) throw ambiguous('the path does not begin with a slash');
  if (raw.includes('\\')) throw ambiguous('the path has a backslash');
  if (raw.includes(';')) throw ambiguous('the path has a semicolon');
  if (!pathCharacters.test(raw)) throw ambiguous('the path has characters that must be encoded');
  const sent = raw.replace(escapes, canonicalEscape);
  const segments = sent.slice(1).split('/');
  for (const [index, segment] of segments.entries()) {
    if (segment === '' && index < segments.length - 1) {
      throw ambiguous('the path has an empty segment');
    }
    if (segment === '.' || segment === '..') throw ambiguous('the path has a dot segment');
  }
  return { sent, decoded: decodePath(sent) };
}

function canonicalEscape(encoded: string, digits: string | undefined): string {
  if (digits === undefined) throw ambiguous('the path has a percent sign that encodes nothing');
  const code = Number.parseInt(digits, 16);
  const character = String.fromCharCode(code);
  if (code < 0x20 || code === 0x7f) throw ambiguous('the path has an encoded control character');
  if (character === '/' || character === '\\') throw ambiguous('the path has an encoded slash');
  if (character === ';') throw ambiguous('the path has an encoded semicolon');
  // Whoever decodes twice would see another path.
  if (character === '%') throw ambiguous('the path has an encoded percent sign');
  return unreserved.test(character) ? character : encoded.toUpperCase();
}

function decodePath(sent: string): string {
  try {
    return decodeURIComponent(sent);
  } catch {
    throw ambiguous('the path is not UTF-8');
  }
}

function ambiguous(message: string): RequestError {
  return new RequestError('AMBIGUOUS_TARGET', message);
}
