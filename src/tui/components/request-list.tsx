import { labelsOf, summaryOf, whoOf } from '../../control/client/request-words.ts';
import type { RequestView } from '../../control/contract.ts';
import { safeLine } from '../../core/safe-text.ts';
import { blank, type Line, words } from '../card-line.ts';
import { cellsIn, shortened } from '../cell-width.ts';
import { duration } from '../durations.ts';
import { listed, listPage, rowsPerRequest } from '../geometry.ts';
import { textColumns } from '../size.ts';
import type { State } from '../state.ts';
import { TextLines } from './text-lines.tsx';
import type { Palette } from './tone.ts';

interface Props {
  readonly state: State;
  readonly palette: Palette;
}

/** The pending requests, a page at a time: the page with the cursor on it. */
export function RequestList({ state, palette }: Props) {
  const columns = textColumns(state.size);
  const items = listed(state);
  if (items.length === 0) return <TextLines lines={nothing(state, columns)} palette={palette} />;
  const page = listPage(state);
  const index = Math.max(
    0,
    items.findIndex(({ id }) => id === state.cursor),
  );
  const first = Math.floor(index / page) * page;
  const lines = items
    .slice(first, first + page)
    .flatMap((request) => linesOf(request, request.id === state.cursor, state, columns));
  return <TextLines lines={lines} palette={palette} />;
}

function linesOf(
  request: RequestView,
  here: boolean,
  state: State,
  columns: number,
): readonly Line[] {
  const mark = here ? '▸ ' : '  ';
  const left = duration(Date.parse(request.expiresAt) - state.now);
  const room = columns - mark.length;
  const summary = shortened(safeLine(summaryOf(request), 400), room);
  if (rowsPerRequest(state.size) === 1) return [oneLine(request, here, mark, columns)];
  const own = request.own ? 'yours, ' : request.mayDecide ? '' : 'not yours to decide, ';
  const about = [safeLine(request.connection.name), labelsOf(request), whoOf(request.principal)]
    .filter((part) => part !== '')
    .join(' · ');
  const detail = shortened(`${about} · ${own}${left} left`, room);
  return [
    [
      { text: mark, tone: 'label' },
      { text: summary, tone: here ? 'title' : 'plain' },
    ],
    [{ text: `  ${detail}`, tone: 'dim' }],
    blank,
  ];
}

function oneLine(request: RequestView, here: boolean, mark: string, columns: number): Line {
  const connection = shortened(safeLine(request.connection.name), 14);
  const room = columns - mark.length - cellsIn(connection) - 1;
  return [
    { text: mark, tone: 'label' },
    { text: `${connection} `, tone: 'dim' },
    { text: shortened(safeLine(summaryOf(request), 400), room), tone: here ? 'title' : 'plain' },
  ];
}

function nothing({ synced, filter, link }: State, columns: number): readonly Line[] {
  if (filter !== '') return words('Nothing that waits matches the filter.', 'dim', columns);
  if (!synced) {
    const text = link.kind === 'lost' ? `No connection: ${safeLine(link.message)}` : 'Connecting…';
    return words(text, 'dim', columns);
  }
  return words('Nothing waits for a decision. New requests appear here.', 'dim', columns);
}
