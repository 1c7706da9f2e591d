import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';

export interface LineClient {
  send(line: string): void;
  /** The next line, or null at the end. Fails after five seconds. */
  next(): Promise<string | null>;
  readonly stream: Duplex;
}

export function lineClient(stream: Duplex): LineClient {
  const lines: string[] = [];
  const reader = createInterface({ input: stream });
  let over = false;
  stream.on('error', () => {});
  reader.on('line', (line) => lines.push(line));
  reader.on('close', () => {
    over = true;
  });
  return {
    stream,
    send: (line) => void stream.write(`${line}\n`),
    async next() {
      const signal = AbortSignal.timeout(30_000);
      while (lines.length === 0 && !over) {
        const cancel = new AbortController();
        const either = AbortSignal.any([signal, cancel.signal]);
        await Promise.race([
          once(reader, 'line', { signal: either }),
          once(reader, 'close', { signal: either }),
        ]).finally(() => cancel.abort());
      }
      return lines.shift() ?? null;
    },
  };
}
