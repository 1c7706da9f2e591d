import { stateNames, stateWords, summaryOf, whoOf } from '../control/client/request-words.ts';
import type { RequestView } from '../control/contract.ts';
import { safeLine } from '../core/safe-text.ts';

export const requestHeadings = ['ID', 'STATE', 'CONNECTION', 'WHO', 'AGE', 'WHAT'] as const;

export function requestRow(request: RequestView, now: number): readonly string[] {
  const { id, state, connection, principal, createdAt } = request;
  const age = ageOf(Date.parse(createdAt), now);
  return [id, stateNames[state], connection.name, whoOf(principal), age, summaryOf(request)];
}

/** What became of it, in one line. */
export function endingLine(request: RequestView): string {
  return `${safeLine(request.id)}: ${stateWords(request)}`;
}

export function ageOf(since: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
