import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { exitCodes } from '../../core/exit-codes.ts';
import { UserError } from '../../core/user-error.ts';
import type { Wire } from './wire.ts';

export interface EventOptions {
  /** Ends the iteration quietly. */
  readonly signal: AbortSignal;
  /** Told when the stream broke and is being connected again. */
  readonly onInterrupted?: (error: unknown) => void;
  /** Told each time the stream is (again) connected. */
  readonly onConnected?: () => void;
}

/** A silent stream is dead: the gateway sends a comment every 15 s. */
const silenceMs = 40_000;
const firstBackoffMs = 200;
const lastBackoffMs = 5_000;
const eventLimit = 16 * 1024 * 1024;

/**
 * A server-sent stream that reconnects. The first connection's failure is thrown; later ones
 * are retried, except answers that waiting cannot change (no login, no such thing).
 */
export async function* serverEvents<T>(
  wire: Wire,
  path: string,
  check: (value: unknown) => T,
  options: EventOptions,
  isLast: (event: T) => boolean,
): AsyncGenerator<T, void, void> {
  const { signal } = options;
  let backoff = 0;
  let connectedOnce = false;
  while (!signal.aborted) {
    try {
      const answer = await wire.stream(path, signal);
      connectedOnce = true;
      options.onConnected?.();
      for await (const data of messages(answer)) {
        backoff = 0;
        const event = check(data);
        yield event;
        if (isLast(event)) return;
      }
      options.onInterrupted?.(new Error('the gateway ended the stream'));
    } catch (error) {
      if (signal.aborted) return;
      if (!connectedOnce || isFinal(error)) throw error;
      options.onInterrupted?.(error);
    }
    backoff = Math.min(Math.max(backoff * 2, firstBackoffMs), lastBackoffMs);
    await delay(backoff * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
  }
}

const passing = new Set([
  'GATEWAY_UNREACHABLE',
  'GATEWAY_STOPPING',
  'STORE_UNAVAILABLE',
  'AUDIT_UNAVAILABLE',
  'RECORDING_UNAVAILABLE',
  'RATE_LIMITED',
  'LIMIT_EXCEEDED',
]);

function isFinal(error: unknown): boolean {
  return error instanceof UserError && !passing.has(error.code);
}

/** The `data` of each message (HTML standard, 9.2.6), parsed; comments only keep it alive. */
async function* messages(answer: IncomingMessage): AsyncGenerator<unknown, void, void> {
  answer.setEncoding('utf8');
  answer.socket.setTimeout(silenceMs, () => answer.destroy(new Error('the stream fell silent')));
  let pending = '';
  let data = '';
  for await (const chunk of answer) {
    const lines = (pending + String(chunk)).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data: ')) data += line.slice('data: '.length);
      if (line !== '' || data === '') continue;
      const message = data;
      data = '';
      yield JSON.parse(message);
    }
    if (pending.length + data.length > eventLimit) throw tooLarge();
  }
}

function tooLarge(): UserError {
  return new UserError('the gateway sent an event that is too large', {
    code: 'GATEWAY_UNEXPECTED',
    exitCode: exitCodes.gatewayUnreachable,
  });
}
