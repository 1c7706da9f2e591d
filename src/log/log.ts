import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { linesOf } from './lines.ts';

export type Log = Logger;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: one object a line, for machines. `lines`: for people. */
  readonly format: 'json' | 'lines';
  readonly destination: DestinationStream;
}

/** Names under which somebody may log a secret that is not of type Secret. */
const secretNames = ['password', 'token', 'authorization', 'secret', 'key', 'cookie'];

/** The operators' log. What people may rely on for evidence is the audit trail, not this. */
export function createLog({ level, format, destination }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretNames.flatMap((name) => [name, `*.${name}`]),
        censor: '[redacted]',
      },
    },
    format === 'json' ? destination : linesOf(destination),
  );
}
