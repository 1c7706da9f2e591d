import type { Line, Span } from './card-line.ts';
import { cellsIn } from './cell-width.ts';
import type { Card, State } from './state.ts';

type Hint = readonly [keys: string, meaning: string];

const between = '   ';

/** The keys that work now, the most useful first; as many as fit. */
export function hintsFor(state: State, columns: number): Line {
  const spans: Span[] = [];
  let left = columns;
  for (const [keys, meaning] of hints(state)) {
    const needed = cellsIn(`${keys} ${meaning}`) + (spans.length === 0 ? 0 : between.length);
    if (needed > left) continue;
    if (spans.length > 0) spans.push({ text: between, tone: 'dim' });
    spans.push({ text: keys, tone: 'label' }, { text: ` ${meaning}`, tone: 'dim' });
    left -= needed;
  }
  return spans;
}

function hints(state: State): readonly Hint[] {
  if (state.help) return [['any key', 'back']];
  if (state.card !== null) return cardHints(state.card);
  if (state.filtering) {
    return [
      ['Enter', 'keep'],
      ['Esc', 'show all'],
    ];
  }
  return [
    ['Enter', 'open'],
    ['q', 'quit'],
    ['?', 'help'],
    ['/', 'filter'],
    ['↑↓', 'move'],
  ];
}

function cardHints(card: Card): readonly Hint[] {
  switch (card.step.kind) {
    case 'reading':
      return readingHints(card);
    case 'confirming':
      return [
        ['y', 'yes, approve it'],
        ['Esc', 'no'],
      ];
    case 'writing':
      return [
        ['Enter', 'send'],
        ['Esc', 'no'],
      ];
    case 'sending':
      return [['Ctrl-C', 'quit']];
    default:
      return card.step satisfies never;
  }
}

function readingHints(card: Card): readonly Hint[] {
  const { request, rows, shownTo } = card;
  const moving: readonly Hint[] = [
    ['Esc', 'back'],
    ['?', 'help'],
    ['PgDn', 'on'],
    ['q', 'quit'],
  ];
  if (request.state !== 'pending' || !request.mayDecide) return moving;
  const unread = shownTo < rows.exact.text.length;
  return [
    unread ? ['PgDn', `${shownPercent(card)}% shown`] : ['a', 'approve'],
    ['d', 'deny'],
    ['c', 'request changes'],
    ...moving.filter(([keys]) => !unread || keys !== 'PgDn'),
  ];
}

export function shownPercent({ shownTo, rows }: Card): number {
  return Math.floor((100 * shownTo) / Math.max(1, rows.exact.text.length));
}
