import type { StatementSource } from './statement-source.ts';
import type { Token } from './tokens.ts';

/**
 * The query whose result columns are those of a COPY … TO: the one in parentheses, or a SELECT of
 * the table's. In the words of the statement, so that the server reads the names as it will in
 * COPY; and each word of a query stands where it does in the text, so that errors point at it.
 */
export function copiedQuery({ slicer, start, tokens }: StatementSource): string | null {
  const all = tokens().filter((token) => !token.comment && token.start >= start);
  const [, first] = all;
  if (first?.text === '(') {
    const close = closing(all, 1);
    const before = [...slicer.slice(0, first.end)].length;
    return close && `${' '.repeat(before)}${slicer.slice(first.end, close.start)}`;
  }
  const at = first?.text.toLowerCase() === 'binary' ? 2 : 1;
  const behind = all.findIndex(({ text, reserved }, index) => {
    return index > at && (text === '(' || (reserved && text === 'to'));
  });
  const [from, to, next] = [all[at], all[behind - 1], all[behind]];
  if (from === undefined || to === undefined || next === undefined) return null;
  const named = next.text === '(' ? closing(all, behind) : next;
  if (named === null) return null;
  const columns = named === next ? '*' : slicer.slice(next.end, named.start);
  return `SELECT ${columns}\nFROM ${slicer.slice(from.start, to.end)}`;
}

/** The parenthesis that closes the one at `open`. */
function closing(tokens: readonly Token[], open: number): Token | null {
  let depth = 0;
  for (const token of tokens.slice(open)) {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (depth === 0) return token;
  }
  return null;
}
