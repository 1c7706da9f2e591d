import { labelsOf } from '../control/client/request-words.ts';
import { safeLine } from '../core/safe-text.ts';
import { clipped, type Line, type Span, words } from './card-line.ts';
import { cellsIn, shortened } from './cell-width.ts';
import { textLimit } from './edit-text.ts';
import { hintsFor } from './hints.ts';
import { logLines } from './log-lines.ts';
import { textColumns } from './size.ts';
import type { Card, State } from './state.ts';

const roomForRule = 14;

/** Everything below the body: a question, an input, a notice, and always the keys. */
export function bottomOf(state: State): readonly Line[] {
  const columns = textColumns(state.size);
  const above = state.help ? [] : panelOf(state, columns);
  const rule: readonly Line[] =
    above.length > 0 && state.size.rows >= roomForRule ? [ruleOf(columns)] : [];
  return [...rule, ...above, hintsFor(state, columns)];
}

export function ruleOf(columns: number): Line {
  return [{ text: '─'.repeat(columns), tone: 'dim' }];
}

function panelOf(state: State, columns: number): readonly Line[] {
  const { card } = state;
  if (card === null)
    return state.filtering ? filterPanel(state, columns) : logLines(state, columns);
  switch (card.step.kind) {
    case 'reading':
      return statusLine(card, columns);
    case 'confirming':
      return question(card, columns);
    case 'writing':
      return reasonPanel(card, card.step.decision, card.step.text, columns);
    case 'sending':
      return [
        [{ text: clip(`Sending your decision on ${card.request.id}…`, columns), tone: 'dim' }],
      ];
    default:
      return card.step satisfies never;
  }
}

function filterPanel({ filter }: State, columns: number): readonly Line[] {
  return [[label('Show only '), ...typed(filter, columns - 10)]];
}

function statusLine(card: Card, columns: number): readonly Line[] {
  const { notice } = card;
  return notice === null ? [] : words(notice.text, notice.tone, columns).slice(0, 3);
}

function thenOf({ mode, presentation }: Card['request'], who: string): string {
  if (mode === 'live') return `runs at once for ${who}`;
  return presentation.grant === true ? `a grant for ${who}` : `${who} may run it once`;
}

function question({ request }: Card, columns: number): readonly Line[] {
  const { connection, presentation } = request;
  const where = `on ${safeLine(connection.name)} ${labelsOf(request)}`.trimEnd();
  const then = thenOf(request, safeLine(request.principal.name));
  const warnings: readonly Line[] = [
    ...(presentation.inputNotReviewed === null ? [] : warning('input not reviewed', columns)),
    ...(hasTransaction(presentation) ? warning('a transaction is open', columns) : []),
  ];
  return [
    ...words(`Approve ${safeLine(request.id)}?`, 'title', columns),
    clipped([{ text: clip(request.summary, columns), tone: 'plain' }], columns),
    clipped([{ text: clip(`${where}; ${then}`, columns), tone: 'dim' }], columns),
    ...warnings,
  ];
}

function hasTransaction({ transaction }: Card['request']['presentation']): boolean {
  return transaction !== null && transaction.state !== 'none';
}

function warning(text: string, columns: number): readonly Line[] {
  return [clipped([{ text: `! ${text}`, tone: 'warn' }], columns)];
}

function reasonPanel(
  { request }: Card,
  decision: 'deny' | 'request_changes',
  text: string,
  columns: number,
): readonly Line[] {
  const verb = decision === 'deny' ? 'Deny' : 'Request changes to';
  const ask = decision === 'deny' ? 'Why?' : 'What should change?';
  return [
    ...words(`${verb} ${safeLine(request.id)}`, 'title', columns),
    [label(`${ask} `), ...typed(text, columns - ask.length - 1)],
  ];
}

/** The end of what was typed, and a cursor that needs no color. */
function typed(text: string, columns: number): readonly Span[] {
  return [
    { text: lastOf(safeLine(text, textLimit * 2), columns - 1), tone: 'plain' },
    { text: '▏', tone: 'label' },
  ];
}

function lastOf(text: string, columns: number): string {
  if (cellsIn(text) <= columns) return text;
  const characters = [...text];
  let kept = '';
  while (cellsIn(kept) < columns - 2) kept = (characters.pop() ?? '') + kept;
  return `…${kept}`;
}

function label(text: string): Span {
  return { text, tone: 'label' };
}

function clip(text: string, columns: number): string {
  return shortened(safeLine(text, 400), columns);
}
