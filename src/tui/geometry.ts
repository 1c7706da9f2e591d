import { type CardDocument, cardDocument, documentLength } from './card-text.ts';
import { bottomOf } from './panels.ts';
import { drawableRows, headerRows, roomy, textColumns, tooSmall } from './size.ts';
import type { Card, Sight, Size, State } from './state.ts';

/** Rows between header and whatever stands below. */
export function bodyRows(state: State): number {
  const { size } = state;
  return Math.max(1, drawableRows(size) - headerRows(size) - bottomOf(state).length);
}

export function documentOf(state: State, card: Card): CardDocument {
  return cardDocument(card.request, card.rows, textColumns(state.size), state.now);
}

export function lastScroll(state: State, document: CardDocument): number {
  return Math.max(0, documentLength(document) - bodyRows(state));
}

/** What of the open card's exact text the frame of this state shows. */
export function sightOf(state: State): Sight | null {
  const { card } = state;
  if (card === null || state.help || tooSmall(state.size)) return null;
  const { head } = documentOf(state, card);
  const { rows, request } = card;
  const first = Math.max(0, card.scroll - head.length);
  const end = Math.min(rows.count, card.scroll + bodyRows(state) - head.length);
  if (end <= first) return null;
  return {
    id: request.id,
    digest: request.digest,
    from: rows.startOf(first),
    to: rows.startOf(end),
  };
}

export function wholeShown({ shownTo, rows }: Card): boolean {
  return shownTo >= rows.exact.text.length;
}

/** Requests that the filter lets through, oldest first. */
export function listed({ requests, filter }: State): State['requests'] {
  const wanted = filter.trim().toLowerCase();
  if (wanted === '') return requests;
  return requests.filter(({ id, summary, connection, principal }) =>
    [id, summary, connection.name, principal.name, ...Object.values(connection.labels)].some(
      (text) => text.toLowerCase().includes(wanted),
    ),
  );
}

/** Rows of one request in the list. */
export function rowsPerRequest(size: Size): 1 | 3 {
  return roomy(size) ? 3 : 1;
}

/** Requests on one page of the list. */
export function listPage(state: State): number {
  return Math.max(1, Math.floor(bodyRows(state) / rowsPerRequest(state.size)));
}
