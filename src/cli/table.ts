import { safeLine } from '../core/safe-text.ts';

/** Lines of a table without borders; text from others made safe. */
export function tableOf(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const cells = [headings, ...rows.map((row) => row.map((cell) => safeLine(cell, 100)))];
  const widths = headings.map((_heading, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
