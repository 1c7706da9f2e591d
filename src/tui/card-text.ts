import { erasedWords } from '../control/client/request-words.ts';
import type { RequestView } from '../control/contract.ts';
import { headOf, tailOf } from './card-fields.ts';
import { type Line, textOf, words } from './card-line.ts';
import { shortened } from './cell-width.ts';
import { type ExactRows, exactRows, exactText, gutter } from './exact-text.ts';

/**
 * A request as its reviewers see it: head, the exact statement with its parameters, tail.
 * Every string in it has passed `safeText`.
 */
export interface CardDocument {
  readonly head: readonly Line[];
  readonly exact: ExactRows;
  readonly tail: readonly Line[];
}

export function cardDocument(
  request: RequestView,
  rows: ExactRows,
  columns: number,
  now: number,
): CardDocument {
  return {
    head: [...headOf(request, columns), exactTitle(request, columns)],
    exact: rows,
    tail: [...remarks(rows, columns), ...tailOf(request, columns, now)],
  };
}

export function documentLength({ head, exact, tail }: CardDocument): number {
  return head.length + exact.count + tail.length;
}

export function documentLine({ head, exact, tail }: CardDocument, index: number): Line {
  if (index < head.length) return head[index] ?? [];
  if (index < head.length + exact.count) return exactLine(exact, index - head.length);
  return tail[index - head.length - exact.count] ?? [];
}

export interface CardTextOptions {
  readonly columns: number;
  readonly now: number;
}

/** The whole card as plain text, one line each, without a trailing newline. */
export function cardText(request: RequestView, { columns, now }: CardTextOptions): string {
  const rows = exactRows(exactText(request.presentation), columns);
  const document = cardDocument(request, rows, columns, now);
  const lines = Array.from({ length: documentLength(document) }, (_, index) =>
    textOf(documentLine(document, index)).trimEnd(),
  );
  return lines.join('\n');
}

function exactLine(rows: ExactRows, index: number): Line {
  const { label, text } = rows.row(index);
  return [
    { text: `${label.padStart(rows.labelWidth)}${gutter}`, tone: 'dim' },
    { text, tone: 'plain' },
  ];
}

function exactTitle(request: RequestView, columns: number): Line {
  const { presentation, erasedAt = null } = request;
  if (erasedAt !== null) {
    const gone = `Its content was ${erasedWords(erasedAt)}:`;
    return [{ text: shortened(gone, columns), tone: 'label' }];
  }
  const count = presentation.parameters.length;
  const parameters = count === 0 ? '' : `, ${count} ${count === 1 ? 'parameter' : 'parameters'}`;
  return [{ text: shortened(`Exactly this${parameters}:`, columns), tone: 'label' }];
}

function remarks({ exact }: ExactRows, columns: number): readonly Line[] {
  const tabs = exact.tabs ? words('→ marks a tab', 'dim', columns) : [];
  if (exact.lookalikes.length === 0) return tabs;
  const found = `Not plain ASCII, may look like something else: ${exact.lookalikes.join(', ')}`;
  return [...tabs, ...words(found, 'warn', columns)];
}
