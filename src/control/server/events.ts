import type { ServerResponse } from 'node:http';

export interface EventSink {
  /** Never waits: a reader who lets too much pile up is dropped. */
  send(event: { readonly type: string }): void;
  /** Resolves when what was sent so far has left, for sending much at once. */
  flushed(): Promise<void>;
  /** Aborted when the reader is gone. */
  readonly signal: AbortSignal;
  end(): void;
}

const heartbeatMs = 15_000;
const backlogLimit = 4 * 1024 * 1024;

/** Turns a response into a server-sent event stream (HTML standard, 9.2). */
export function openEvents(response: ServerResponse): EventSink {
  const gone = new AbortController();
  response.socket?.setNoDelay(true);
  response.socket?.setTimeout(0);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write(': hoopx\n\n');
  const heartbeat = setInterval(() => write(': still here\n\n'), heartbeatMs);
  response.once('close', () => {
    clearInterval(heartbeat);
    gone.abort();
  });

  function write(text: string): void {
    if (response.destroyed || response.writableEnded) return;
    // Before the write, so that one large event is not what drops a reader who keeps up.
    if (response.writableLength > backlogLimit) response.destroy();
    else response.write(text);
  }

  return {
    send: (event) => write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
    async flushed() {
      if (!response.writableNeedDrain || response.destroyed) return;
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    },
    signal: gone.signal,
    end: () => response.end(),
  };
}
