import type { TextProps } from 'ink';
import type { Tone } from '../card-line.ts';

export type Palette = Readonly<Record<Tone, Omit<TextProps, 'children'>>>;

const plainPalette: Palette = {
  title: { bold: true },
  plain: {},
  dim: {},
  label: { bold: true },
  warn: { bold: true },
  good: {},
  bad: { bold: true },
  quote: { italic: true },
};

const colorPalette: Palette = {
  title: { bold: true },
  plain: {},
  dim: { dimColor: true },
  label: { color: 'cyan' },
  warn: { color: 'yellow' },
  good: { color: 'green' },
  bad: { color: 'red' },
  quote: { italic: true },
};

/** NO_COLOR keeps weight and slant: they are no colors. */
export function paletteOf(color: boolean): Palette {
  return color ? colorPalette : plainPalette;
}
