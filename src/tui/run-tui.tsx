import type { ReadStream, WriteStream } from 'node:tty';
import { renderToString } from 'ink';
import type { Clock } from '../core/clock.ts';
import { Screen } from './components/screen.tsx';
import { follow } from './follow.ts';
import { createKeyInput } from './key-input.ts';
import { initialState } from './model.ts';
import { perform } from './perform.ts';
import type { ReviewerApi } from './reviewer-api.ts';
import { createScreenLoop } from './screen-loop.ts';
import { openTerminal } from './terminal.ts';

export interface TuiOptions {
  readonly api: ReviewerApi;
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly clock: Clock;
  /** Shown in the header. */
  readonly reviewer: string;
  readonly gateway: string;
  readonly color: boolean;
}

export type TuiEnd =
  | { readonly kind: 'quit' | 'interrupted' }
  /** A signal asked for the end; the terminal is restored, the caller ends as the signal would. */
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

const tickMs = 1000;

/** Runs the reviewers' screen until it is left. Throws what the gateway refuses for good. */
export function runTui(options: TuiOptions): Promise<TuiEnd> {
  const { api, clock, reviewer, gateway, color } = options;
  const leaving = new AbortController();

  const run = new Promise<TuiEnd>((resolve, reject) => {
    const keys = createKeyInput((pressed) =>
      loop.dispatch({ type: 'keys', at: clock(), keys: pressed }),
    );
    const terminal = openTerminal({
      input: options.input,
      output: options.output,
      onInput: keys.push,
      onResize() {
        terminal.forget();
        loop.dispatch({ type: 'resized', at: clock(), size: terminal.size() });
      },
      onEnd: (signal) => resolve(signal === null ? interrupted : { kind: 'signal', signal }),
    });
    const loop = createScreenLoop({
      start: initialState({ size: terminal.size(), now: clock(), reviewer, gateway }),
      paint: (state) =>
        terminal.paint(
          renderToString(<Screen state={state} color={color} />, { columns: state.size.columns }),
        ),
      perform: (effect) => perform(effect, { api, terminal, clock, dispatch: loop.dispatch }),
      done: (kind) => resolve({ kind }),
      failed: reject,
    });
    const tick = setInterval(() => loop.dispatch({ type: 'tick', at: clock() }), tickMs);
    leaving.signal.addEventListener('abort', () => {
      clearInterval(tick);
      keys.stop();
      loop.stop();
      terminal.close();
    });
    follow({ api, signal: leaving.signal, clock, dispatch: loop.dispatch }).catch(reject);
  });
  return run.finally(() => leaving.abort());
}

const interrupted: TuiEnd = { kind: 'interrupted' };
