import { foldedName, type HeaderList, tokensOf, valuesOf } from './header-list.ts';
import { RequestError } from './request-error.ts';

/** How a request's body ends (RFC 9112, section 6); of HTTP/2 without Content-Length: `open`. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'open' };

/**
 * The one reading that every server must share. Node's parser refuses most of these by itself;
 * what it lets pass, and what HTTP/2 brings, is refused here. Throws a RequestError.
 */
export function readFraming(headers: HeaderList): Framing {
  refuseLookalikes(headers);
  const lengths = valuesOf(headers, 'content-length');
  const codings = tokensOf(headers, 'transfer-encoding');
  const encoded = valuesOf(headers, 'transfer-encoding').length > 0;
  if (lengths.length > 1) throw ambiguous('the request has several Content-Length headers');
  if (lengths.length > 0 && encoded) {
    throw ambiguous('the request has both Content-Length and Transfer-Encoding');
  }
  if (encoded) {
    if (codings.length !== 1 || codings[0] !== 'chunked') {
      throw ambiguous('the only Transfer-Encoding taken is chunked, once');
    }
    return { kind: 'open' };
  }
  const [length] = lengths;
  if (length === undefined) return { kind: 'none' };
  if (!/^(0|[1-9][0-9]{0,14})$/.test(length)) throw ambiguous('Content-Length is no number');
  return length === '0' ? { kind: 'none' } : { kind: 'length', length: Number(length) };
}

const framingNames = new Set(['content-length', 'transfer-encoding']);

/** `Content_Length` is another header here, and the same one behind CGI. */
function refuseLookalikes(headers: HeaderList): void {
  for (const [name] of headers) {
    if (name.includes('_') && framingNames.has(foldedName(name))) {
      throw ambiguous(`${name} could be taken for the body's length`);
    }
  }
}

function ambiguous(message: string): RequestError {
  return new RequestError('AMBIGUOUS_LENGTH', message);
}
