import { createKeyDecoder, type Key } from './keys.ts';

export interface KeyInput {
  push(chunk: string): void;
  stop(): void;
}

const escapeMs = 50;

/** Terminal input as bursts of keys: a burst is what came in one piece. */
export function createKeyInput(pressed: (keys: readonly Key[]) => void): KeyInput {
  const decoder = createKeyDecoder();
  let timer: NodeJS.Timeout | null = null;

  function stop(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function pass(keys: readonly Key[]): void {
    if (keys.length > 0) pressed(keys);
  }

  return {
    push(chunk) {
      stop();
      pass(decoder.push(chunk));
      if (decoder.waiting) timer = setTimeout(() => pass(decoder.flush()), escapeMs);
    },
    stop,
  };
}
