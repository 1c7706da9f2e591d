import { styleText } from 'node:util';

/** Emphasis for a terminal; the text itself where there is none. */
export interface Style {
  title(text: string): string;
  command(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

export function styleFor(color: boolean): Style {
  const as = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    color ? styleText(format, text) : text;
  return {
    title: as('bold'),
    command: as('cyan'),
    dim: as('dim'),
    good: as('green'),
    bad: as('red'),
  };
}
