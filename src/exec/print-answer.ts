import { safeText } from '../core/safe-text.ts';
import type { SqlAnswer, StatementResult } from './sql-answer.ts';

const widestCell = 1_000;

/** Every result as an aligned table, or as its command and row count. */
export function tableText(answer: SqlAnswer): string {
  const lines = answer.results.flatMap((result) =>
    result.columns.length === 0 ? [commandLine(result)] : [...table(result), rowsLine(result), ''],
  );
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * RFC 4180, with a header; the last result that has columns. NULL is an empty field, an empty
 * text a quoted one.
 */
export function csvText(answer: SqlAnswer): string {
  const result = answer.results.findLast((each) => each.columns.length > 0);
  if (result === undefined) return '';
  const header = result.columns.map((column) => column.name);
  return [header, ...result.rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: string | null): string {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function table({ columns, rows }: StatementResult): string[] {
  const cells = [columns.map((column) => column.name), ...rows].map((row) => row.map(cell));
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((value, index) => ` ${value.padEnd(widths[index] ?? 0)} `)
      .join('|')
      .trimEnd();
  const [header = [], ...body] = cells;
  return [line(header), widths.map((width) => '-'.repeat(width + 2)).join('+'), ...body.map(line)];
}

/** Text of the target's is as foreign as anyone's: nothing in it moves the cursor. */
function cell(value: string | null): string {
  if (value === null) return '';
  const shown = safeText(value).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return shown.length > widestCell ? `${shown.slice(0, widestCell - 1)}…` : shown;
}

function rowsLine({ rows, rowCount, truncated }: StatementResult): string {
  const count = rowCount ?? rows.length;
  const text = count === 1 ? '1 row' : `${count} rows`;
  return truncated ? `(${text}; the first ${rows.length} are shown)` : `(${text})`;
}

function commandLine({ command, rowCount }: StatementResult): string {
  return safeText(rowCount === null ? command : `${command} ${rowCount}`);
}
