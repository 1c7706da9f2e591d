import { safeLine } from '../../core/safe-text.ts';
import { clipped, type Line, type Span } from '../card-line.ts';
import { documentLength } from '../card-text.ts';
import { cellsIn } from '../cell-width.ts';
import { duration } from '../durations.ts';
import { bodyRows, documentOf, listed } from '../geometry.ts';
import { ruleOf } from '../panels.ts';
import { headerRows, textColumns } from '../size.ts';
import type { Card, State } from '../state.ts';
import { TextLines } from './text-lines.tsx';
import type { Palette } from './tone.ts';

interface Props {
  readonly state: State;
  readonly palette: Palette;
}

export function Header({ state, palette }: Props) {
  const columns = textColumns(state.size);
  const lines: readonly Line[] = [titleLine(state, columns), ruleOf(columns)];
  return <TextLines lines={lines.slice(0, headerRows(state.size))} palette={palette} />;
}

/** What is on the screen at the left, whether it is current at the right. */
function titleLine(state: State, columns: number): Line {
  const link = linkOf(state);
  const room = columns - cellsIn(link.text) - 2;
  const left = fitting(state.card === null ? listTitle(state) : cardTitle(state, state.card), room);
  const used = left.reduce((sum, { text }) => sum + cellsIn(text), 0);
  const gap = ' '.repeat(Math.max(1, columns - used - cellsIn(link.text)));
  return [...left, { text: gap, tone: 'plain' }, link];
}

/** The parts that fit whole; of the first, which says what this is, as much as fits. */
function fitting(line: Line, columns: number): Line {
  let used = 0;
  const whole = line.filter(({ text }, index) => {
    used += cellsIn(text);
    return index === 0 || used <= columns;
  });
  return clipped(whole, columns);
}

function listTitle(state: State): Line {
  const { filter, requests, reviewer, gateway, synced } = state;
  const shown = listed(state).length;
  const count = filter === '' ? `${shown} waiting` : `${shown} of ${requests.length} waiting`;
  const about = [`${safeLine(reviewer)} at ${safeLine(gateway)}`];
  if (filter !== '') about.unshift(`filter “${safeLine(filter, 20)}”`);
  return [
    { text: 'hoopx', tone: 'label' },
    { text: synced ? `  ${count}` : '  approve', tone: 'title' },
    { text: `  ${about.join('  ')}`, tone: 'dim' },
  ];
}

function cardTitle(state: State, card: Card): Line {
  const length = documentLength(documentOf(state, card));
  const end = Math.min(length, card.scroll + bodyRows(state));
  const others = state.requests.filter(({ id }) => id !== card.request.id).length;
  return [
    { text: safeLine(card.request.id), tone: 'title' },
    { text: `  lines ${card.scroll + 1}–${end} of ${length}`, tone: 'dim' },
    { text: others === 0 ? '' : `  ${others} more waiting`, tone: 'dim' },
  ];
}

function linkOf({ link, now }: State): Span {
  switch (link.kind) {
    case 'connecting':
      return { text: '○ connecting', tone: 'dim' };
    case 'live':
      return { text: '● live', tone: 'good' };
    case 'lost':
      return { text: `○ reconnecting ${duration(now - link.since)}`, tone: 'warn' };
    default:
      return link satisfies never;
  }
}
