import { stateWords } from '../control/client/request-words.ts';
import { safeLine } from '../core/safe-text.ts';
import type { Line } from './card-line.ts';
import { shortened } from './cell-width.ts';
import { clockTime } from './durations.ts';
import { roomy } from './size.ts';
import type { State } from './state.ts';
import { toneOfState } from './state-tones.ts';

/** The last decisions made here and what became of them, the newest last. */
export function logLines({ log, size, now }: State, columns: number): readonly Line[] {
  return log.slice(roomy(size) ? -3 : -1).map(({ at, request }): Line => {
    const { state, awaiting } = request;
    const said =
      state === 'pending' && awaiting.length > 0
        ? `your decision counts; still needs ${safeLine(awaiting.join(', '))}`
        : stateWords(request);
    const id = safeLine(request.id);
    const time = clockTime(at, now);
    const left = columns - time.length - id.length - 4;
    return [
      { text: `${time}  `, tone: 'dim' },
      { text: `${shortened(id, columns - time.length - 4)}  `, tone: 'plain' },
      { text: left > 0 ? shortened(said, left) : '', tone: toneOfState[state] },
    ];
  });
}
