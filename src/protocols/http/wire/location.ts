import type { HeaderList } from './header-list.ts';

/** Redirects to the target itself become relative, so that the client stays in its tunnel. */
export function relativeLocations(headers: HeaderList, targetOrigin: string): HeaderList {
  return headers.map(([name, value]) =>
    name.toLowerCase() === 'location' && value.toLowerCase().startsWith(`${targetOrigin}/`)
      ? [name, value.slice(targetOrigin.length)]
      : [name, value],
  );
}
