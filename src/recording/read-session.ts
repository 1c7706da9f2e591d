import type { RecordedValue, SessionNote } from '../core/recording.ts';

/** The first line of a recording, as far as those who look at it need it. */
export interface SessionHead {
  readonly schema: 'hoopx.recording/v1';
  readonly session: string;
  readonly startedAt: string;
  readonly protocol: string;
  readonly connection: { readonly name: string; readonly revision: string };
  readonly principal: { readonly name: string; readonly kind: string; readonly person: string };
  readonly client: string;
  readonly mode: string;
  readonly reason: string | null;
}

export interface HeldEvent {
  readonly type: 'held';
  readonly request: string;
  readonly digest: string;
  readonly summary: string;
  readonly text?: string;
  readonly parameters: readonly { readonly type: string; readonly value: string | null }[];
  readonly chains: readonly string[];
  readonly rules: readonly string[];
}

export interface DecidedEvent {
  readonly type: 'decided';
  readonly verdict: 'allow' | 'deny' | 'review';
  readonly ran: boolean;
  readonly summary: string;
  readonly text?: string;
  readonly rules: readonly string[];
  readonly request?: string;
  readonly decisions?: readonly {
    readonly kind: string;
    readonly by: string;
    readonly reason: string | null;
  }[];
  readonly refusal?: { readonly code: string; readonly message: string };
}

export interface TerminalEvent {
  readonly type: 'terminal';
  readonly channel: number;
  readonly file: string;
  readonly command: string | null;
}

export interface EndedEvent {
  readonly type: 'ended';
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

/**
 * `at`: milliseconds since the session began. `operation`: the number of the one that was decided,
 * or that an answer belongs to; recordings of older gateways have none.
 */
export type SessionEvent = { readonly at: number; readonly operation?: number } & (
  | HeldEvent
  | DecidedEvent
  | TerminalEvent
  | EndedEvent
  | SessionNote
);

const fields: Readonly<Record<SessionEvent['type'], readonly string[]>> = {
  held: ['request', 'digest', 'summary', 'parameters', 'chains', 'rules'],
  decided: ['verdict', 'ran', 'summary', 'rules'],
  terminal: ['channel', 'file', 'command'],
  ended: ['refusal'],
  answer: ['tag', 'error', 'columns', 'rows', 'bytes'],
  channel: ['channel', 'kind', 'command'],
  output: ['channel', 'stream', 'text'],
  channel_end: ['channel', 'exit', 'stdout', 'stderr', 'stdin'],
  file: ['channel', 'path', 'direction', 'bytes', 'sha256'],
  exchange: ['method', 'path', 'status', 'requestBytes', 'responseBytes', 'tookMs'],
};

const types: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(fields));

/** Null for what is no first line of a recording. */
export function readHead(line: string): SessionHead | null {
  const value = parsed(line);
  return isHead(value) ? value : null;
}

/** Null for what is no event that this version knows: a reader goes on behind it. */
export function readEvent(line: string): SessionEvent | null {
  const value = parsed(line);
  return isEvent(value) ? value : null;
}

/** For people; the caller makes it safe to show. */
export function valueText(value: RecordedValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return value;
  if ('hex' in value) return `\\x${value.hex}`;
  return value.start === undefined
    ? `(${value.bytes} bytes)`
    : `${value.start}… (${value.bytes} bytes)`;
}

function isHead(value: unknown): value is SessionHead {
  return (
    isRecord(value) &&
    value.schema === 'hoopx.recording/v1' &&
    ['session', 'startedAt', 'protocol', 'client', 'mode'].every(
      (key) => typeof value[key] === 'string',
    ) &&
    isRecord(value.connection) &&
    typeof value.connection.name === 'string' &&
    isRecord(value.principal) &&
    typeof value.principal.name === 'string'
  );
}

/** The file is the gateway's own: its shape is told by its type, and checked that far. */
function isEvent(value: unknown): value is SessionEvent {
  if (!isRecord(value) || typeof value.at !== 'number' || typeof value.type !== 'string')
    return false;
  return types.get(value.type)?.every((key) => value[key] !== undefined) ?? false;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
