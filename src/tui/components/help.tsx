import { blank, type Line, words } from '../card-line.ts';
import { bodyRows } from '../geometry.ts';
import { textColumns } from '../size.ts';
import type { State } from '../state.ts';
import { TextLines } from './text-lines.tsx';
import type { Palette } from './tone.ts';

interface Props {
  readonly state: State;
  readonly palette: Palette;
}

export function Help({ state, palette }: Props) {
  const lines = helpLines(textColumns(state.size)).slice(0, bodyRows(state));
  return <TextLines lines={lines} palette={palette} />;
}

const keys: readonly (readonly [string, string])[] = [
  ['Enter', 'open a request'],
  ['↑ ↓ j k', 'move, or scroll by a line'],
  ['PgUp PgDn', 'by a page (also b, Space)'],
  ['g G', 'first, last'],
  ['n', 'to the first unread line'],
  ['a, then y', 'approve'],
  ['d', 'deny, with a reason'],
  ['c', 'ask for changes'],
  ['/', 'filter the list'],
  ['Esc', 'back'],
  ['q', 'quit'],
];

function helpLines(columns: number): readonly Line[] {
  return [
    ...keys.map(
      ([key, meaning]): Line => [
        { text: key.padEnd(12), tone: 'label' },
        { text: meaning, tone: 'plain' },
      ],
    ),
    blank,
    ...words('You approve what the gateway decoded, once, by its digest.', 'dim', columns),
    ...words('Without this screen: hoopx requests list, approve ID, reject ID.', 'dim', columns),
  ];
}
