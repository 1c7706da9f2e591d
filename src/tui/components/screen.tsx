import { Box, Text } from 'ink';
import { bottomOf } from '../panels.ts';
import { drawableRows, headerRows, tooSmall } from '../size.ts';
import type { State } from '../state.ts';
import { CardView } from './card-view.tsx';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import { RequestList } from './request-list.tsx';
import { TextLines } from './text-lines.tsx';
import { type Palette, paletteOf } from './tone.ts';

interface Props {
  readonly state: State;
  readonly color: boolean;
}

/** The whole screen: header, body, and what stands below it; never taller than the terminal. */
export function Screen({ state, color }: Props) {
  const { size } = state;
  const palette = paletteOf(color);
  const height = drawableRows(size);
  if (tooSmall(size)) {
    return (
      <Box width={size.columns} height={height} overflow="hidden">
        <Text wrap="truncate">Too small; q quits</Text>
      </Box>
    );
  }
  const bottom = bottomOf(state);
  const body = Math.max(1, height - headerRows(size) - bottom.length);
  return (
    <Box
      flexDirection="column"
      flexShrink={0}
      width={size.columns}
      height={height}
      paddingX={1}
      overflow="hidden"
    >
      <Header state={state} palette={palette} />
      <Box height={body} flexShrink={0} overflow="hidden">
        <Body state={state} palette={palette} />
      </Box>
      <TextLines lines={bottom} palette={palette} />
    </Box>
  );
}

function Body({ state, palette }: { readonly state: State; readonly palette: Palette }) {
  if (state.help) return <Help state={state} palette={palette} />;
  if (state.card !== null) return <CardView state={state} card={state.card} palette={palette} />;
  return <RequestList state={state} palette={palette} />;
}
