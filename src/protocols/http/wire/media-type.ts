import { type HeaderList, valuesOf } from './header-list.ts';

/** Of Content-Type, in lower case and without its parameters; empty where it is not said once. */
export function mediaType(headers: HeaderList): string {
  const types = valuesOf(headers, 'content-type');
  return types.length === 1 ? (types[0]?.split(';')[0]?.trim().toLowerCase() ?? '') : '';
}

export function isJson(headers: HeaderList): boolean {
  const type = mediaType(headers);
  return type === 'application/json' || type.endsWith('+json');
}
