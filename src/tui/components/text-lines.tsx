import { Box } from 'ink';
import type { Line } from '../card-line.ts';
import { TextLine } from './text-line.tsx';
import type { Palette } from './tone.ts';

interface Props {
  readonly lines: readonly Line[];
  readonly palette: Palette;
}

export function TextLines({ lines, palette }: Props) {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a screen are their places
        <TextLine key={index} line={line} palette={palette} />
      ))}
    </Box>
  );
}
