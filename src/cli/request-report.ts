import type { PrincipalView, RequestView } from '../control/contract.ts';
import { safeLine } from '../core/safe-text.ts';

export const requestHeadings = ['ID', 'STATE', 'CONNECTION', 'WHO', 'AGE', 'WHAT'] as const;

export function requestRow(request: RequestView, now: number): readonly string[] {
  const { id, state, connection, principal, createdAt, summary } = request;
  const age = ageOf(Date.parse(createdAt), now);
  return [id, words(state), connection.name, who(principal), age, summary];
}

/** What became of it, in one line. */
export function endingLine(request: RequestView): string {
  const last = request.decisions.at(-1);
  const by = last === undefined ? '' : ` (${decisionLine(last)})`;
  return `${request.id} is ${words(request.state)}${by}`;
}

function decisionLine({ kind, by, reason }: RequestView['decisions'][number]): string {
  const because = reason === null || reason === '' ? '' : `: ${safeLine(reason, 1_000)}`;
  return `${words(kind)} by ${safeLine(by.name)}${because}`;
}

function who({ name, kind, person }: PrincipalView): string {
  return kind === 'human' ? name : `${name} (${kind} of ${person})`;
}

function words(code: string): string {
  return code.replaceAll('_', ' ');
}

export function ageOf(since: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
