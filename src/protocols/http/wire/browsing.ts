import { type HeaderList, onlyValueOf, tokensOf, valuesOf } from './header-list.ts';

/** How a browser came to ask, as it says itself (Fetch Metadata Request Headers). */
export interface Browsing {
  /** The answer becomes the page in a window: of a link, a typed address, a form. */
  readonly navigates: boolean;
  /** A page of another origin asks, or the browser on a guess: the person may know nothing of it. */
  readonly unmeant: boolean;
}

const pageMethods: ReadonlySet<string> = new Set(['GET', 'POST']);

export function readBrowsing(method: string, headers: HeaderList): Browsing {
  return {
    navigates:
      pageMethods.has(method) &&
      onlyValueOf(headers, 'sec-fetch-mode') === 'navigate' &&
      onlyValueOf(headers, 'sec-fetch-dest') === 'document' &&
      acceptsPages(headers),
    unmeant: isForeign(headers) || isGuess(headers),
  };
}

/** Another port or a sibling's name is another origin, even where the site is the same. */
function isForeign(headers: HeaderList): boolean {
  const said = valuesOf(headers, 'sec-fetch-site');
  return said.some((site) => site !== 'same-origin' && site !== 'none');
}

const purposes = ['sec-purpose', 'purpose', 'x-moz', 'x-purpose'];

/** Prefetched or prerendered (Sec-Purpose, and what browsers said before it). */
function isGuess(headers: HeaderList): boolean {
  return purposes.some((name) =>
    valuesOf(headers, name).some((value) => /prefetch|prerender|preview/i.test(value)),
  );
}

function acceptsPages(headers: HeaderList): boolean {
  return tokensOf(headers, 'accept').some((range) => range.split(';', 1)[0] === 'text/html');
}
