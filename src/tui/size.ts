import type { Size } from './state.ts';

const smallest: Size = { columns: 30, rows: 8 };
const roomyRows = 16;

export function tooSmall({ columns, rows }: Size): boolean {
  return columns < smallest.columns || rows < smallest.rows;
}

/** Rows that may be drawn: one less than the terminal has, so that nothing ever scrolls. */
export function drawableRows({ rows }: Size): number {
  return Math.max(1, rows - 1);
}

/** Cells of a line of text, between margins of one. */
export function textColumns({ columns }: Size): number {
  return Math.max(10, columns - 2);
}

export function roomy({ rows }: Size): boolean {
  return rows >= roomyRows;
}

/** The header, and a line under it where there is room. */
export function headerRows(size: Size): number {
  return roomy(size) ? 2 : 1;
}
