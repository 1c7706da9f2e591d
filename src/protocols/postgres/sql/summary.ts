const limit = 200;
const shown = 8;

/**
 * One line of at most 200 characters from the statements' own text, white space collapsed.
 * Comments are left out, so that none can push the action off the line; of several statements
 * each of the first eight is shown, shortened alike, so that none can hide behind the first.
 */
export function summarise(texts: readonly string[], uncomment: (text: string) => string): string {
  const count = texts.length > shown ? `${texts.length} statements: ` : '';
  const lines = texts.slice(0, shown).map((text) => oneLine(uncomment(text)));
  const whole = count + lines.join('; ');
  if (whole.length <= limit) return whole;
  const each = Math.floor((limit - count.length) / lines.length) - 2;
  return cut(count + lines.map((line) => cut(line, each)).join('; '), limit);
}

/** What a name stands for, behind the statement that uses it. */
export function summariseResolved(own: string, behind: readonly string[]): string {
  return cut([own, ...behind].join(' → '), limit);
}

/** Of a text that cannot be parsed: its beginning as it is. */
export function firstLine(text: string): string {
  return cut(oneLine(text.slice(0, limit * 4)), limit);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function cut(line: string, length: number): string {
  if (line.length <= length) return line;
  // Never half of a surrogate pair.
  return `${line.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
