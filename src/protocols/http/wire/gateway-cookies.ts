import { type HeaderList, isNamed } from './header-list.ts';

/**
 * Cookies with which browsers prove their login to the gateway. Neither the service nor its
 * pages may see or set them; browsers match the prefix `__Host-` in any case.
 */
const prefix = '__host-hoopx';

/** Of a request: without the gateway's own. */
export function withoutGatewayCookies(headers: HeaderList): HeaderList {
  if (!headers.some(([name]) => isNamed(name, 'cookie'))) return headers;
  return headers.flatMap(([name, value]) => {
    if (!isNamed(name, 'cookie')) return [[name, value] as const];
    if (!value.toLowerCase().includes(prefix)) return [[name, value] as const];
    const kept = value.split(';').filter((pair) => !isGateways(pair));
    const rest = kept.join(';').trim();
    return rest === '' ? [] : [[name, rest] as const];
  });
}

/**
 * Of an answer: a service sets cookies for the one host by which its client knows it. A Domain
 * would let it reach other connections' hosts; its own is another name than the client's anyway.
 */
export function hostOnlyCookies(headers: HeaderList): HeaderList {
  if (!headers.some(([name]) => isNamed(name, 'set-cookie'))) return headers;
  return headers.flatMap(([name, value]) => {
    if (!isNamed(name, 'set-cookie')) return [[name, value] as const];
    if (isGateways(value)) return [];
    return [[name, withoutDomain(value)] as const];
  });
}

function isGateways(pair: string): boolean {
  return pair.trimStart().toLowerCase().startsWith(prefix);
}

function withoutDomain(line: string): string {
  const [pair = '', ...attributes] = line.split(';');
  const kept = attributes.filter((each) => !/^\s*domain\s*(=|$)/i.test(each));
  return kept.length === attributes.length ? line : [pair, ...kept].join(';');
}
