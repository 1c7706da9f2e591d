import { documentLength, documentLine } from '../card-text.ts';
import { bodyRows, documentOf } from '../geometry.ts';
import type { Card, State } from '../state.ts';
import { TextLines } from './text-lines.tsx';
import type { Palette } from './tone.ts';

interface Props {
  readonly state: State;
  readonly card: Card;
  readonly palette: Palette;
}

/** The rows of the card between its scroll position and the end of the body. */
export function CardView({ state, card, palette }: Props) {
  const document = documentOf(state, card);
  const count = Math.min(bodyRows(state), documentLength(document) - card.scroll);
  const lines = Array.from({ length: Math.max(0, count) }, (_, index) =>
    documentLine(document, card.scroll + index),
  );
  return <TextLines lines={lines} palette={palette} />;
}
