const parts = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;
const indentation = '  ';

/**
 * A JSON text with each member on a line of its own. Strings and numbers stay as they are written:
 * what a reviewer reads is what is sent, but for white space between the tokens. Null when that
 * takes more than `maxCharacters`.
 */
export function jsonLines(text: string, maxCharacters: number): string | null {
  const lines: string[] = [];
  let line = '';
  let depth = 0;
  let length = 0;
  let last = '';
  const breakLine = () => {
    lines.push(line);
    length += line.length + 1;
    line = indentation.repeat(depth);
  };
  for (const [token] of text.matchAll(parts)) {
    const closes = token === '}' || token === ']';
    if (closes) depth -= 1;
    const empty = closes && (last === '{' || last === '[');
    const breaks = closes ? !empty : last === '{' || last === '[' || last === ',';
    if (breaks) breakLine();
    line += token === ':' ? ': ' : token;
    if (token === '{' || token === '[') depth += 1;
    if (length + line.length > maxCharacters) return null;
    last = token;
  }
  return [...lines, line].join('\n');
}
