import type { DestinationStream } from 'pino';
import { safeLine } from '../core/safe-text.ts';

/** Turns log objects into lines for a terminal: `10:42:07 warn  store is slow ms=512`. */
export function linesOf(destination: DestinationStream): DestinationStream {
  return { write: (json) => destination.write(`${lineOf(json)}\n`) };
}

function lineOf(json: string): string {
  const entry: unknown = JSON.parse(json);
  if (typeof entry !== 'object' || entry === null) return safeLine(json);
  const { time, level, msg, ...rest }: Record<string, unknown> = { ...entry };
  const clock = String(time).slice(11, 19);
  const fields = Object.entries(rest).map(([name, value]) => `${safeLine(name)}=${shown(value)}`);
  const message = msg === undefined ? [] : [safeLine(String(msg), 1000)];
  return [clock, String(level).padEnd(5), ...message, ...fields].join(' ');
}

function shown(value: unknown): string {
  if (isLoggedError(value)) return safeLine(value.stack ?? value.message, 4000);
  return safeLine(typeof value === 'string' ? value : JSON.stringify(value), 400);
}

function isLoggedError(value: unknown): value is { message: string; stack?: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'message' in value &&
    typeof value.message === 'string'
  );
}
