/**
 * Terminal cells that a character may take, never fewer than it does. Combining marks count
 * as one, so that a pile of them still wraps; Unicode 17's wide ranges are taken coarsely.
 */
export function cellsOf(codePoint: number): 1 | 2 {
  if (codePoint < 0x1100) return 1;
  if (codePoint >= 0x2000 && codePoint <= 0x22ff) return 1;
  if (codePoint >= 0x2500 && codePoint <= 0x25a0) return 1;
  return 2;
}

export function cellsIn(text: string): number {
  let cells = 0;
  for (const character of text) cells += cellsOf(character.codePointAt(0) ?? 0);
  return cells;
}

/** The offset at which `text`, read from `from`, fills `columns` cells or reaches `to`. */
export function endOfRow(text: string, from: number, to: number, columns: number): number {
  let cells = 0;
  let at = from;
  while (at < to) {
    const codePoint = text.codePointAt(at) ?? 0;
    cells += cellsOf(codePoint);
    if (cells > columns && at > from) return at;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return to;
}

/** Cut to `columns` cells, with a visible `…` where something is missing. */
export function shortened(text: string, columns: number): string {
  if (cellsIn(text) <= columns) return text;
  if (columns < 2) return '…'.slice(0, Math.max(0, columns));
  return `${text.slice(0, endOfRow(text, 0, text.length, columns - 1))}…`;
}

/** Cut or filled with spaces to exactly `columns` cells. */
export function padded(text: string, columns: number): string {
  const cut = shortened(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - cellsIn(cut)));
}

/** Broken at spaces where possible, inside words where not; nothing is left out. */
export function wrapWords(text: string, columns: number): readonly string[] {
  const rows: string[] = [];
  let from = 0;
  while (from < text.length) {
    const end = endOfRow(text, from, text.length, Math.max(1, columns));
    if (end === text.length) {
      rows.push(text.slice(from));
      break;
    }
    const space = text.slice(from, end + 1).lastIndexOf(' ');
    const cut = space > 0 ? from + space : end;
    rows.push(text.slice(from, cut));
    from = space > 0 ? cut + 1 : cut;
  }
  return rows.length === 0 ? [''] : rows;
}
