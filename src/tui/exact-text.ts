import type { Presentation } from '../core/operation.ts';
import { safeText } from '../core/safe-text.ts';
import { endOfRow } from './cell-width.ts';

/**
 * The statement and its parameters, made visible, whatever the width: what a reviewer has
 * been shown is counted in offsets of `text`, which a resize does not change.
 */
export interface ExactText {
  /** Statement lines, then one line for each parameter and each note; every line ends in LF. */
  readonly text: string;
  /** How many of the lines are the statement's. */
  readonly statementLines: number;
  readonly parameterLines: number;
  readonly tabs: boolean;
  /** Characters that can pass for others: `U+0430 а`, at most eight, and how many more. */
  readonly lookalikes: readonly string[];
}

/** The same cut into rows of a terminal: hard-wrapped, nothing left out. */
export interface ExactRows {
  readonly exact: ExactText;
  readonly columns: number;
  readonly count: number;
  /** Cells of the widest label. */
  readonly labelWidth: number;
  /** Offset in `exact.text` at which a row begins; that of `count` is the text's length. */
  startOf(row: number): number;
  row(index: number): { readonly label: string; readonly text: string };
}

const tabMark = '→   ';
const oddSpaces = /(?! )\p{Zs}/gu;
const notAscii = /[^\n -~]/gu;
const shownLookalikes = 8;

/** Notes are part of it: what EXECUTE stands for is what runs. */
export function exactText(presentation: Presentation): ExactText {
  const { statement, parameters, notes } = presentation;
  const shown = visible(statement);
  const lines = countLines(shown);
  const rest = parameters.map(({ type, value }) => `${flat(type)} ${quoted(value)}\n`).join('');
  const noted = notes.map((note) => `${flat(note)}\n`).join('');
  const text = `${shown}\n${rest}${noted}`;
  const raw = [statement, ...parameters.map(({ value }) => value ?? ''), ...notes];
  return {
    text: text.replaceAll('\t', tabMark),
    statementLines: lines,
    parameterLines: parameters.length,
    tabs: text.includes('\t'),
    lookalikes: lookalikesIn(raw),
  };
}

export function exactRows(exact: ExactText, width: number): ExactRows {
  const { text, statementLines, parameterLines } = exact;
  const noted = countLines(text) - 1 > statementLines + parameterLines;
  const labelWidth = Math.max(
    `${statementLines}`.length,
    `$${parameterLines}`.length,
    noted ? noteLabel.length : 0,
  );
  const columns = Math.max(4, width - labelWidth - gutter.length);
  const starts: number[] = [];
  /** The line that a row begins, counted from 1; 0 where a row goes on. */
  const lines: number[] = [];
  let at = 0;
  for (let line = 1; at < text.length; line += 1) {
    const end = text.indexOf('\n', at);
    let from = at;
    do {
      starts.push(from);
      lines.push(from === at ? line : 0);
      from = endOfRow(text, from, end, columns);
    } while (from < end);
    at = end + 1;
  }
  const startOf = (row: number): number => starts[row] ?? text.length;
  return {
    exact,
    columns,
    count: starts.length,
    labelWidth,
    startOf,
    row(index) {
      const content = text.slice(startOf(index), startOf(index + 1)).replace('\n', '');
      return { label: labelOf(lines[index] ?? 0, exact), text: content };
    },
  };
}

export const gutter = ' │ ';

const noteLabel = 'Note';

function labelOf(line: number, { statementLines, parameterLines }: ExactText): string {
  if (line === 0) return '';
  if (line <= statementLines) return `${line}`;
  const parameter = line - statementLines;
  return parameter <= parameterLines ? `$${parameter}` : noteLabel;
}

function visible(text: string): string {
  return safeText(text).replace(oddSpaces, codeOf);
}

function flat(text: string): string {
  return visible(text).replaceAll('\n', '⏎');
}

/** As SQL would write it, so that NULL, an empty string and trailing spaces differ. */
function quoted(value: string | null): string {
  return value === null ? 'NULL' : `'${flat(value).replaceAll("'", "''")}'`;
}

function codeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function lookalikesIn(texts: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const text of texts) {
    for (const [character] of text.matchAll(notAscii)) {
      if (visible(character) === character && character !== '\t') found.add(character);
    }
  }
  const all = [...found].map((character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `${character} U+${code}`;
  });
  if (all.length <= shownLookalikes) return all;
  return [...all.slice(0, shownLookalikes), `and ${all.length - shownLookalikes} more`];
}
