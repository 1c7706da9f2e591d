import type { PrincipalView, RequestView } from '../control/contract.ts';
import { safeLine, safeText } from '../core/safe-text.ts';

export const requestHeadings = ['ID', 'STATE', 'CONNECTION', 'WHO', 'AGE', 'WHAT'] as const;

export function requestRow(request: RequestView, now: number): readonly string[] {
  const { id, state, connection, principal, createdAt, summary } = request;
  const age = ageOf(Date.parse(createdAt), now);
  return [id, words(state), connection.name, who(principal), age, summary];
}

/** One request for a person, everything of others made safe. */
export function describeRequest(request: RequestView): readonly string[] {
  const { presentation, connection, outcome } = request;
  const lines = [
    `${request.id}  ${words(request.state)}`,
    `  connection  ${safeLine(connection.name)}${labelsOf(connection.labels)}, database ${safeLine(request.database)}`,
    `  who         ${safeLine(who(request.principal))}, ${safeLine(request.principal.authenticatedBy)}`,
    `  held by     ${request.rules.map((rule) => safeLine(rule)).join(', ')}`,
    ...request.awaiting.map((line) => `  waits for   ${safeLine(line)}`),
    ...request.decisions.map((each) => `  decided     ${decisionLine(each)}`),
    ...untilLine(request),
    ...(request.reason === null ? [] : [`  their words ${safeLine(request.reason, 1_000)}`]),
    ...(outcome?.message == null ? [] : [`  outcome     ${safeLine(outcome.message, 1_000)}`]),
    ...(outcome?.rowCount == null ? [] : [`  rows        ${outcome.rowCount}`]),
    `  digest      ${request.digest}`,
    '',
    ...indented(presentation.statement),
  ];
  for (const [index, { type, value }] of presentation.parameters.entries()) {
    const shown = value === null ? 'NULL' : safeText(value);
    lines.push(`    $${index + 1} (${safeLine(type)}) = ${shown}`);
  }
  lines.push(...presentation.notes.map((note) => `  note        ${safeLine(note, 1_000)}`));
  if (presentation.inputNotReviewed !== null) {
    lines.push(`  input not reviewed: ${safeLine(presentation.inputNotReviewed)}`);
  }
  return lines;
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

function untilLine({ state, expiresAt, runBefore }: RequestView): readonly string[] {
  if (state === 'pending') return [`  decide by   ${expiresAt}`];
  const approved = state === 'approved' || state === 'fallback_approved';
  return approved && runBefore !== null ? [`  run by      ${runBefore}`] : [];
}

function who({ name, kind, person }: PrincipalView): string {
  return kind === 'human' ? name : `${name} (${kind} of ${person})`;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => safeLine(`${name}=${value}`));
  return pairs.length === 0 ? '' : ` (${pairs.join(', ')})`;
}

function indented(text: string): readonly string[] {
  return safeText(text)
    .split('\n')
    .map((line) => `    ${line}`);
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
