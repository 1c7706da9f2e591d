import { type HeaderList, isNamed, valuesOf } from './header-list.ts';
import { RequestError } from './request-error.ts';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface OriginRules {
  /** The client's own name for the target: Host. */
  readonly authority: string | null;
  /** Of the target, as browsers write it: `https://admin.internal`. */
  readonly targetOrigin: string;
  readonly method: string;
  readonly upgrade: boolean;
}

/**
 * A page of another site may send a browser here, and the gateway would add the credential:
 * what changes something, and every upgrade, has to come from a page of the target itself.
 * Such a page knows the target by the tunnel's address, and the target must not hear of that.
 * Throws a RequestError.
 */
export function ownOrigin(headers: HeaderList, rules: OriginRules): HeaderList {
  const { authority, targetOrigin, method, upgrade } = rules;
  const ours = [`http://${authority}`, `https://${authority}`, targetOrigin];
  const foreign =
    valuesOf(headers, 'origin').some((origin) => !ours.includes(origin.toLowerCase())) ||
    valuesOf(headers, 'sec-fetch-site').includes('cross-site');
  if (foreign && (upgrade || !safeMethods.has(method))) {
    throw new RequestError('CROSS_SITE', 'a page of another site asks for this');
  }
  return headers.map((header) => {
    const [name, value] = header;
    return isNamed(name, 'origin') || isNamed(name, 'referer')
      ? [name, renamed(value, ours, targetOrigin)]
      : header;
  });
}

function renamed(value: string, ours: readonly string[], targetOrigin: string): string {
  const own = ours.find(
    (origin) => value.toLowerCase() === origin || value.toLowerCase().startsWith(`${origin}/`),
  );
  return own === undefined ? value : `${targetOrigin}${value.slice(own.length)}`;
}
