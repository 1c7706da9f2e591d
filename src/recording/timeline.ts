import type { ChannelEnd, FileTransfer, HttpExchange, SqlAnswer } from '../core/recording.ts';
import { safeLine, safeText } from '../core/safe-text.ts';
import {
  type DecidedEvent,
  type HeldEvent,
  type SessionEvent,
  type SessionHead,
  valueText,
} from './read-session.ts';

/** What one event of a session looks like to people: safe to show, a line each. */
export interface TimelineEntry {
  /** Milliseconds since the session began. */
  readonly at: number;
  /** The number of the operation that it is, or belongs to; null where that is none. */
  readonly operation: number | null;
  readonly label:
    | 'session'
    | 'allow'
    | 'deny'
    | 'held'
    | 'approved'
    | 'refused'
    | 'answer'
    | 'note';
  readonly lines: readonly string[];
}

const widestCell = 40;
const longestLine = 2000;

export function headEntry(head: SessionHead): TimelineEntry {
  const { session, connection, principal, client, mode, reason, startedAt, protocol } = head;
  const by = client === '' ? '' : `, ${client}`;
  const lines = [
    `${session}  ${startedAt}`,
    `${principal.name} (${principal.kind}) on ${connection.name} (${protocol}${by}, ${mode})`,
    ...(reason === null ? [] : [`reason: ${reason}`]),
  ];
  return {
    at: 0,
    operation: null,
    label: 'session',
    lines: lines.map((line) => safeLine(line, longestLine)),
  };
}

type Shown = Pick<TimelineEntry, 'label' | 'lines'>;

/** What it looks like by itself. */
export function shownEvent(event: SessionEvent): Shown {
  const note = (line: string): Shown => ({ label: 'note', lines: [safeLine(line, longestLine)] });
  switch (event.type) {
    case 'held':
      return { label: 'held', lines: heldLines(event) };
    case 'decided':
      return { label: labelOf(event), lines: decidedLines(event) };
    case 'answer':
      return { label: 'answer', lines: answerLines(event) };
    case 'terminal':
      return note(`terminal ${event.file}${event.command === null ? '' : `: ${event.command}`}`);
    case 'channel':
      return note(`${event.kind}${event.command === null ? '' : `: ${event.command}`}`);
    case 'output':
      return { label: 'answer', lines: safeText(event.text).replace(/\n$/, '').split('\n') };
    case 'channel_end':
      return note(channelEndText(event));
    case 'file':
      return note(fileText(event));
    case 'exchange':
      return { label: 'answer', lines: [safeLine(exchangeText(event), longestLine)] };
    case 'ended':
      return note(
        event.refusal === null
          ? 'ended'
          : `ended: ${event.refusal.message} (${event.refusal.code})`,
      );
    default:
      return event satisfies never;
  }
}

function labelOf({ verdict, ran, request }: DecidedEvent): TimelineEntry['label'] {
  if (!ran) return verdict === 'deny' ? 'deny' : 'refused';
  return request === undefined ? 'allow' : 'approved';
}

function heldLines({ request, text, summary, parameters, chains }: HeldEvent): string[] {
  return [
    ...textLines(text ?? summary),
    ...parameters.map(({ type, value }, index) =>
      safeLine(`$${index + 1} ${type} = ${value ?? 'NULL'}`, longestLine),
    ),
    safeLine(`${request}, to be approved by ${chains.join(', ')}`, longestLine),
  ];
}

function decidedLines(event: DecidedEvent): string[] {
  const { text, summary, rules, request, decisions = [], refusal } = event;
  const lines =
    request === undefined ? textLines(text ?? summary) : [safeLine(`${request} ${summary}`)];
  for (const { kind, by, reason } of decisions) {
    lines.push(safeLine(`${kind} by ${by}${reason === null ? '' : `: ${reason}`}`, longestLine));
  }
  if (refusal !== undefined) {
    lines.push(safeLine(`${refusal.message} (${refusal.code})`, longestLine));
  }
  if (rules.length > 0 && refusal !== undefined) lines.push(safeLine(`rules: ${rules.join(', ')}`));
  return lines;
}

function textLines(text: string): string[] {
  return safeText(text).split('\n');
}

function answerLines({ tag, error, columns, rows, bytes, copied }: SqlAnswer): string[] {
  const first =
    error === null ? (tag ?? 'no more for now') : `ERROR ${error.code}: ${error.message}`;
  const size = bytes === 0 ? '' : `, ${bytes} bytes`;
  const copy = copied === undefined ? '' : `, ${copied} bytes of COPY data`;
  return [safeLine(`${first}${size}${copy}`, longestLine), ...tableLines(columns, rows)];
}

function tableLines(columns: SqlAnswer['columns'], rows: SqlAnswer['rows']): string[] {
  const cells = rows.map((row) => row.map((value) => safeLine(valueText(value), widestCell)));
  const headings = columns?.map((name) => safeLine(name, widestCell)) ?? null;
  const table = headings === null ? cells : [headings, ...cells];
  if (rows.length === 0 && (headings?.length ?? 0) === 0) return [];
  const widths = (table[0] ?? []).map((_cell, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  return table.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' │ ')}`.trimEnd(),
  );
}

function fileText({
  direction,
  path,
  name,
  bytes,
  sha256,
  problem,
  message,
}: FileTransfer): string {
  const digest = sha256 === null ? 'no digest' : `sha256 ${sha256}`;
  const sentAs = name === undefined ? '' : `, sent as ${name}`;
  const how =
    problem === undefined ? '' : `, ${problem}${message === undefined ? '' : `: ${message}`}`;
  return `${direction} ${path}${sentAs} (${bytes} bytes, ${digest})${how}`;
}

function channelEndText({ exit, stdout, stderr, stdin, transfer }: ChannelEnd): string {
  const how = exit === null ? 'ended' : typeof exit === 'number' ? `exit ${exit}` : exit;
  const input =
    stdin === null || stdin.bytes === 0
      ? ''
      : `, ${stdin.bytes} bytes of input (sha256 ${stdin.sha256})`;
  const gaveUp = transfer?.gaveUp ?? null;
  const files = gaveUp === null ? '' : `, not all is known of its files: ${gaveUp}`;
  return `${how}, ${stdout} bytes of output${stderr === 0 ? '' : `, ${stderr} of stderr`}${input}${files}`;
}

function exchangeText(exchange: HttpExchange): string {
  const { method, path, status, requestBytes, responseBytes, tookMs, withheld } = exchange;
  const sent = requestBytes === 0 ? '' : `, ${requestBytes} bytes sent`;
  const why = withheld === undefined ? '' : `; ${withheld}`;
  return `${method} ${path}: ${status ?? 'no answer'}, ${responseBytes} bytes${sent}, ${Math.round(tookMs)} ms${why}`;
}
