import type { EraseContent, ErasureView } from '../control/contract/erasures.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { safeLine } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';

export interface EraseWords {
  readonly requests: readonly string[];
  readonly sessions: readonly string[];
  /** RFC 3339; null where requests or sessions are named. */
  readonly before: string | null;
}

const mostAtOnce = 200;

/** @throws UserError USAGE */
export function erasureAsk({ requests, sessions, before }: EraseWords): EraseContent {
  const named = requests.length + sessions.length > 0;
  if (named && before !== null) throw usage('--before stands alone', 'Or name requests.');
  if (before !== null) return { before };
  if (!named) throw usage('nothing to erase is named', 'Name requests, --session, or --before.');
  if (Math.max(requests.length, sessions.length) > mostAtOnce) {
    throw usage(`at most ${mostAtOnce} at a time`, '--before takes any number.');
  }
  return { requests, sessions };
}

/** What whoever is at the terminal is asked. */
export function erasureQuestion({ requests = [], sessions = [], before }: EraseContent): string {
  const what =
    before === undefined
      ? [
          ...counted(requests.length, 'content of', 'request'),
          ...counted(sessions.length, 'recording of', 'session'),
        ].join(' and the ')
      : `content of every request that ended before ${before}`;
  return `Erase the ${what}? There is no way back. [y/N] `;
}

/** What became of it, a line each; the last one says what to do. */
export function erasureText({ requests, removed, failed, recorded, purged }: ErasureView): string {
  const gone = [
    `erased: content of ${requests} ${plural(requests, 'request')}`,
    ...counted(removed.length, 'recording of', 'session'),
  ].join(', ');
  return [
    gone,
    ...listed('Recordings that may still show it are kept', recorded),
    ...(recorded.length === 0 ? [] : ['  hoopx audit erase --session ID removes one']),
    ...listed('Could not be removed now, run the same again', failed),
    ...(purged ? [] : unpurged),
  ].join('\n');
}

const unpurged = [
  "Free space of the store's files may still show it: run the same again when no other program",
  'reads them; the log of the gateway says more.',
];

/** Whether all of it is gone. */
export function isErased({ failed, purged }: ErasureView): boolean {
  return failed.length === 0 && purged;
}

function listed(title: string, sessions: readonly string[]): readonly string[] {
  if (sessions.length === 0) return [];
  return [`${title}:`, ...sessions.map((id) => `  ${safeLine(id)}`)];
}

function counted(count: number, before: string, noun: string): readonly string[] {
  return count === 0 ? [] : [`${before} ${count} ${plural(count, noun)}`];
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

function usage(message: string, hint: string): UserError {
  return new UserError(message, { code: 'USAGE', exitCode: exitCodes.usage, hint });
}
