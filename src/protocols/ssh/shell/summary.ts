import type { ShellCommand } from '../../../core/facts.ts';

const limit = 200;
const shown = 8;

/**
 * One line of at most 200 characters: the text itself where it fits, else each of the first eight
 * commands, shortened alike, so that none can hide behind the first.
 */
export function summarise(text: string, commands: readonly ShellCommand[]): string {
  const whole = oneLine(text);
  if (whole.length <= limit || commands.length < 2) return cut(whole, limit);
  const count = `${commands.length} commands: `;
  const lines = commands.slice(0, shown).map(({ line }) => oneLine(line));
  const each = Math.floor((limit - count.length) / lines.length) - 2;
  return cut(count + lines.map((line) => cut(line, each)).join('; '), limit);
}

function oneLine(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' ⏎ ')
    .replace(/\s+/g, ' ');
}

function cut(line: string, length: number): string {
  if (line.length <= length) return line;
  // Never half of a surrogate pair.
  return `${line.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
