import { Text } from 'ink';
import type { Line } from '../card-line.ts';
import type { Palette } from './tone.ts';

interface Props {
  readonly line: Line;
  readonly palette: Palette;
}

/** One row. It was cut or wrapped to fit before it came here; `truncate` is a last resort. */
export function TextLine({ line, palette }: Props) {
  const text = line.map(({ text }) => text).join('');
  if (text === '') return <Text> </Text>;
  return (
    <Text wrap="truncate">
      {line.map((span, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity but their place
        <Text key={index} {...palette[span.tone]}>
          {span.text}
        </Text>
      ))}
    </Text>
  );
}
