import type { DecisionEvent } from '../core/gate.ts';
import type { Operation } from '../core/operation.ts';
import type { ConnectionIdentity } from '../core/policy.ts';
import type { Principal } from '../core/principal.ts';
import type { Refusal } from '../core/refusal.ts';
import type { HeldRequest, RequestMode } from '../core/request.ts';

/** What a recording says of its session before anything runs in it. */
export interface SessionAbout {
  readonly id: string;
  readonly protocol: string;
  readonly connection: ConnectionIdentity;
  readonly principal: Principal;
  readonly client: string;
  readonly mode: RequestMode;
  /** The requester's own words. */
  readonly reason: string | null;
  /** The approved request by which masks are lifted in it, so that answers are not recorded. */
  readonly unmaskedBy?: string | null;
}

/** The longest text of an operation that is kept whole. */
const maxText = 64 * 1024;

/** The first line: see docs/schemas/recording-v1.json. */
export function headLine(about: SessionAbout, startedAt: number): string {
  const { id, protocol, connection, principal, client, mode, reason } = about;
  const { name, subject, issuer, kind, person } = principal;
  return `${JSON.stringify({
    schema: 'hoopx.recording/v1',
    session: id,
    startedAt: new Date(startedAt).toISOString(),
    protocol,
    connection: { name: connection.name, revision: connection.revision },
    principal: { name, subject, issuer, kind, person },
    ...{ client, mode, reason },
  })}\n`;
}

export function heldEvent(request: HeldRequest, operation: Operation): object {
  const { summary, text } = operation.decidable;
  return {
    ...{ type: 'held', request: request.id, digest: request.digest, summary },
    ...textOf(summary, text),
    parameters: request.presentation.parameters,
    chains: request.chains.map(({ name }) => name),
    rules: request.rules,
  };
}

export function decidedEvent(event: DecisionEvent): object {
  const { operation, verdict, request, refusal } = event;
  const { summary, text } = operation.decidable;
  return {
    ...{ type: 'decided', verdict: verdict.kind, ran: refusal === null, summary },
    ...textOf(summary, text),
    rules: verdict.rules,
    policy: verdict.revision,
    ...(request === null ? {} : decisionsOf(request)),
    ...(refusal === null ? {} : { refusal: refusalOf(refusal) }),
  };
}

export function endLine(at: number, refusal: Refusal | null): string {
  const event = { type: 'ended', refusal: refusal === null ? null : refusalOf(refusal) };
  return eventLine(at, null, event);
}

/** `at`: milliseconds since the session began, in every line but the first. */
export function eventLine(at: number, operation: number | null, event: object): string {
  return lineStart(at, operation) + lineTail(event);
}

/** How the line of an event begins, whatever it is. Two integers are written faster than one number. */
function lineStart(at: number, operation: number | null): string {
  const tenths = Math.round(at * 10);
  const whole = Math.floor(tenths / 10);
  const start = `{"at":${whole}.${tenths - whole * 10}`;
  return operation === null ? start : `${start},"operation":${operation}`;
}

/** And how it goes on from there, whenever it is. */
export function lineTail(event: object): string {
  return `,${JSON.stringify(event).slice(1)}\n`;
}

/** Where the summary is all of it, it stands there once. */
function textOf(summary: string, text: string): object {
  if (text === summary) return {};
  if (text.length <= maxText) return { text };
  return { text: text.slice(0, maxText), textLength: text.length };
}

function decisionsOf({ id, digest, decisions }: HeldRequest): object {
  const told = decisions.map(({ kind, by, reason }) => ({ kind, by: by.name, reason }));
  return { request: id, digest, decisions: told };
}

function refusalOf({ code, message, requestId }: Refusal): object {
  return { code, message, ...(requestId === undefined ? {} : { request: requestId }) };
}
