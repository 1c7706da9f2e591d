import { cellsIn, endOfRow, padded, wrapWords } from './cell-width.ts';

/** What a piece of text is, for whoever draws it. Nothing is said by color alone. */
export type Tone = 'title' | 'plain' | 'dim' | 'label' | 'warn' | 'good' | 'bad' | 'quote';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One row of a terminal, already safe and no wider than asked. */
export type Line = readonly Span[];

export const blank: Line = [];

export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}

export function words(text: string, tone: Tone, columns: number): readonly Line[] {
  return wrapWords(text, columns).map((row) => [{ text: row, tone }]);
}

const labelColumns = 12;
const narrowest = 48;

/** A label and its text; the text hangs beside the label, or below it where there is no room. */
export function field(
  label: string,
  paragraphs: readonly Span[],
  columns: number,
): readonly Line[] {
  const narrow = columns < narrowest;
  const indent = narrow ? 2 : labelColumns;
  const rows = paragraphs.flatMap(({ text, tone }) => words(text, tone, columns - indent));
  const hanging = rows.map((row): Line => [{ text: ' '.repeat(indent), tone: 'plain' }, ...row]);
  if (narrow) return [[{ text: label.slice(0, columns), tone: 'label' }], ...hanging];
  return hanging.map((row, index) =>
    index === 0 ? [{ text: padded(label, indent), tone: 'label' }, ...row.slice(1)] : row,
  );
}

/** The part of a line that fits; for lines whose whole text is shown elsewhere. */
export function clipped(line: Line, columns: number): Line {
  const out: Span[] = [];
  let left = columns;
  for (const { text, tone } of line) {
    const part = text.slice(0, endOfRow(text, 0, text.length, Math.max(1, left)));
    if (left <= 0) break;
    out.push({ text: part, tone });
    left -= cellsIn(part);
  }
  return out;
}
