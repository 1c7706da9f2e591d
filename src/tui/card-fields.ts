import {
  erasedWords,
  labelsOf,
  stateWords,
  summaryOf,
  whoOf,
} from '../control/client/request-words.ts';
import type { RequestView } from '../control/contract.ts';
import { isOpen } from '../core/open-request.ts';
import { safeLine } from '../core/safe-text.ts';
import { blank, field, type Line, type Span } from './card-line.ts';
import { clockTime, duration } from './durations.ts';
import { toneOfState } from './state-tones.ts';

const shownEarlier = 50;
const reasonLimit = 4000;
const ranLimit = 400;

/** What a card says above the exact statement. */
export function headOf(request: RequestView, columns: number): readonly Line[] {
  const { connection, database, upstreamUser, protocol } = request;
  const labels = labelsOf(request);
  const inDatabase = database === null ? '' : ` database ${safeLine(database)}`;
  const where = [
    plain(labels === '' ? safeLine(connection.name) : `${safeLine(connection.name)}  ${labels}`),
    dim(`${safeLine(protocol)}${inDatabase} as ${safeLine(upstreamUser)}`),
  ];
  return [
    ...field('Would run', [title(safeLine(summaryOf(request), 400))], columns),
    ...field('On', where, columns),
    ...settled(request, columns),
    blank,
  ];
}

/** What a card says below the exact statement, in this order. */
export function tailOf(request: RequestView, columns: number, now: number): readonly Line[] {
  return [
    blank,
    ...outline(request, columns),
    ...preview(request, columns),
    ...field('Who', who(request), columns),
    ...field(
      'Why held',
      request.rules.map((rule) => plain(`rule “${safeLine(rule)}”`)),
      columns,
    ),
    ...field('Needs', needs(request, now), columns),
    ...then(request, columns, now),
    ...transaction(request, columns),
    ...input(request, columns),
    ...field('Reason', [reason(request)], columns),
    blank,
    ...field('Request', [dim(safeLine(request.id))], columns),
    ...field('Digest', [dim(erased(request) ?? safeLine(request.digest))], columns),
  ];
}

function settled(request: RequestView, columns: number): readonly Line[] {
  if (request.state === 'pending') return [];
  return field('State', [{ text: stateWords(request), tone: toneOfState[request.state] }], columns);
}

function who({ principal }: RequestView): readonly Span[] {
  const groups = principal.groups.map((group) => safeLine(group)).join(', ');
  const kind = principal.kind === 'human' ? ', person' : '';
  const proof = `signed in through ${safeLine(principal.authenticatedBy)}`;
  return [
    plain(`${whoOf(principal)}${kind}`),
    dim(groups === '' ? `${proof}; in no group` : `${proof}; groups ${groups}`),
  ];
}

function needs(request: RequestView, now: number): readonly Span[] {
  const given = request.decisions.map(({ kind, by, at, reason: why }) => {
    const verb = kind === 'approve' ? 'approved' : kind === 'deny' ? 'denied' : 'asked for changes';
    const said = why === null || why === '' ? '' : `: ${safeLine(why, reasonLimit)}`;
    return dim(`${safeLine(by.name)} ${verb} at ${clockTime(Date.parse(at), now)}${said}`);
  });
  const missing = request.awaiting.map((line) => plain(safeLine(line)));
  if (request.state !== 'pending') return given.length > 0 ? given : [dim('nobody decided')];
  return [...missing, ...given, deadline(request, now)];
}

function deadline(request: RequestView, now: number): Span {
  const at = Date.parse(request.expiresAt);
  const after = fallbackWords(request);
  if (at <= now) return warn(`the time to decide is over, ${after}`);
  return plain(`within ${duration(at - now)} (by ${clockTime(at, now)}), ${after}`);
}

function fallbackWords({ chains }: RequestView): string {
  const policies = chains.flatMap(({ fallback }) => (fallback === 'deny' ? [] : [fallback.policy]));
  if (policies.length === 0 || policies.length < chains.length) return 'else it is refused';
  const names = policies.map((name) => `“${safeLine(name)}”`).join(' and ');
  return `else the rules ${names} decide`;
}

/** Nothing, of what can come to run no more. */
function then(request: RequestView, columns: number, now: number): readonly Line[] {
  if (!isOpen(request)) return [];
  return field('Then', [plain(consequence(request, now))], columns);
}

function consequence(request: RequestView, now: number): string {
  const name = safeLine(request.principal.name);
  if (request.mode === 'live') {
    return `it runs at once, and once, in the session where ${name} waits; if ${name} leaves first, never`;
  }
  if (request.presentation.grant === true) return grantConsequence(request, name, now);
  if (request.runBefore !== null) {
    return `${name} may run it once, until ${clockTime(Date.parse(request.runBefore), now)}`;
  }
  return `${name} may run it once, within ${duration(timeToRun(request))} of the approval`;
}

function grantConsequence(request: RequestView, name: string, now: number): string {
  const { runBefore } = request;
  if (runBefore !== null) return `${name} has it until ${clockTime(Date.parse(runBefore), now)}`;
  return `${name} has it for ${duration(timeToRun(request))} from the approval on`;
}

function timeToRun({ chains }: RequestView): number {
  return Math.min(...chains.map(({ runWithinMs }) => runWithinMs));
}

/** What runs what: deeper lines come indented, and stay so. */
function outline({ presentation }: RequestView, columns: number): readonly Line[] {
  if (presentation.outline.length === 0) return [];
  const lines = presentation.outline.map((line) => {
    const text = line.trimStart();
    const depth = (line.length - text.length) / 2;
    return plain(`${'  '.repeat(depth)}${depth === 0 ? '' : '└ '}${safeLine(text, ranLimit)}`);
  });
  return field('Runs', lines, columns);
}

/** As it was when it was asked for: whoever approves it approves the statement. */
function preview({ presentation }: RequestView, columns: number): readonly Line[] {
  const lines = presentation.preview ?? [];
  if (lines.length === 0) return [];
  const shown = lines.map((line) => {
    const text = safeLine(line, ranLimit);
    return line.startsWith('- ') || line.startsWith('+ ') ? plain(text) : dim(text);
  });
  return field('Preview', [...shown, dim('(as of then; not part of the approval)')], columns);
}

function transaction({ presentation }: RequestView, columns: number): readonly Line[] {
  if (presentation.transaction === null) return [];
  return field('Transaction', transactionSpans(presentation.transaction), columns);
}

function transactionSpans({
  state,
  ran,
}: NonNullable<RequestView['presentation']['transaction']>): readonly Span[] {
  if (state === 'none') return [dim('none open')];
  const opening = state === 'open' ? 'open, and not committed by this' : 'open, and failed already';
  if (ran.length === 0) return [warn(`${opening}; nothing has run in it yet`)];
  const earlier = ran.length - shownEarlier;
  return [
    warn(`${opening}; ${ran.length} ran in it so far:`),
    ...(earlier > 0 ? [dim(`(${earlier} earlier ones are not listed)`)] : []),
    ...ran.slice(-shownEarlier).map((statement) => plain(`· ${safeLine(statement, ranLimit)}`)),
  ];
}

function input({ presentation }: RequestView, columns: number): readonly Line[] {
  const { inputNotReviewed } = presentation;
  if (inputNotReviewed === null) return [];
  const text = `INPUT NOT REVIEWED: ${safeLine(inputNotReviewed)} is not covered by an approval`;
  return field('Input', [warn(text)], columns);
}

/** Always marked as the requester's own words: they are no fact. */
function reason(request: RequestView): Span {
  const gone = erased(request);
  if (gone !== null) return dim(gone);
  if (request.reason === null || request.reason === '') return dim('none given');
  return { text: `the requester says: “${safeLine(request.reason, reasonLimit)}”`, tone: 'quote' };
}

function erased({ erasedAt = null }: RequestView): string | null {
  return erasedAt === null ? null : erasedWords(erasedAt);
}

function title(text: string): Span {
  return { text, tone: 'title' };
}

function plain(text: string): Span {
  return { text, tone: 'plain' };
}

function dim(text: string): Span {
  return { text, tone: 'dim' };
}

function warn(text: string): Span {
  return { text, tone: 'warn' };
}
