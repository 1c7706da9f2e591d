import { type HeaderList, valuesOf } from './header-list.ts';

/** How long a client would wait for an answer (RFC 7240), in milliseconds; null: as it takes. */
export function preferredWaitMs(headers: HeaderList): number | null {
  const said = valuesOf(headers, 'prefer');
  if (said.length === 0) return null;
  const preferences = said
    .flatMap((value) => value.split(/[,;]/))
    .map((part) => part.replaceAll(/[\s"]/g, '').toLowerCase());
  const waits = preferences.flatMap((part) => {
    const seconds = /^wait=([0-9]{1,6})$/.exec(part)?.[1];
    return seconds === undefined ? [] : [Number(seconds) * 1000];
  });
  const [wait] = waits;
  if (wait !== undefined) return wait;
  return preferences.includes('respond-async') ? 0 : null;
}
