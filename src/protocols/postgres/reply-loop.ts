import type { Readable } from 'node:stream';
import { andThen, type Eventual } from '../../core/eventual.ts';
import { RefusedError } from '../../core/refusal.ts';
import { eachChunk, type Taken } from '../../net/each-chunk.ts';
import { joinPieces } from '../../net/join-pieces.ts';
import type { ServerMessage } from './expectation.ts';
import type { ReplyMasker } from './masking/reply-masker.ts';
import type { Outlet } from './outlet.ts';
import type { ReplyTracker } from './replies.ts';
import type { TargetError } from './runs.ts';
import { lostPin } from './session-state.ts';
import { decodeCommandComplete } from './wire/backend/command-complete.ts';
import { decodeParameterStatus } from './wire/backend/parameter-status.ts';
import { decodeReadyForQuery, type TransactionStatus } from './wire/backend/ready-for-query.ts';
import { decodeErrorResponse } from './wire/backend/report.ts';
import { type BackendSegment, createBackendScanner } from './wire/backend-scanner.ts';
import { backendType } from './wire/backend-types.ts';
import { typeTable } from './wire/type-table.ts';

export interface ReplyLoopDeps {
  readonly tracker: ReplyTracker;
  readonly outlet: Outlet;
  /** Masks what the server says; null where nothing is to be masked. */
  readonly masker: ReplyMasker | null;
  readonly maxReplyBytes: number;
  /** After each ReadyForQuery, before the client has it. */
  readonly ready: (status: TransactionStatus) => void;
  /** The server has said why it ends the session. */
  readonly goodbye: () => void;
  /** After each chunk, once the client has it. */
  readonly progressed: () => void;
}

const isPassed = typeTable([
  backendType.dataRow,
  backendType.copyData,
  backendType.copyDone,
  backendType.copyOutResponse,
  backendType.noticeResponse,
  backendType.notificationResponse,
  backendType.parameterDescription,
  backendType.functionCallResponse,
]);

/**
 * The one reader loop from server to client. Returns when the server has closed; throws a
 * RefusedError when it broke the protocol or lost a pinned setting, WireError for what is no
 * message.
 */
export async function relayReplies(
  server: Readable,
  leftover: Buffer,
  deps: ReplyLoopDeps,
): Promise<void> {
  const { masker, tracker } = deps;
  const scanner = createBackendScanner(
    { maxBufferedBytes: deps.maxReplyBytes },
    masker === null ? (type) => !isPassed(type) : (type) => masker.wants(type, tracker.head),
  );
  const pass = (bytes: Buffer): Taken => {
    const full = deps.outlet.pass(bytes, scanner.atBoundary);
    if (full !== null) return full.then(deps.progressed);
    deps.progressed();
    return 'more';
  };
  const relay = (chunk: Buffer) => {
    const held = scanner.holding;
    const segments = scanner.push(chunk);
    const whole = !held && !scanner.holding;
    const join = (pieces: readonly Buffer[]) =>
      whole && untouched(pieces, segments) ? chunk : joinPieces(pieces);
    const pieces = throughHands(segments, deps);
    const done = (all: readonly Buffer[]) => {
      if (!scanner.holding) masker?.settled();
      return pass(join(all));
    };
    return pieces instanceof Promise ? pieces.then(done) : done(pieces);
  };
  if (leftover.length > 0) await relay(leftover);
  await eachChunk(server, relay);
}

/** Nothing was swapped, so that what came as one chunk can leave as it is. */
function untouched(pieces: readonly Buffer[], segments: readonly BackendSegment[]): boolean {
  return segments.every((segment, index) => {
    return pieces[index] === (segment.kind === 'pass' ? segment.bytes : segment.raw);
  });
}

/** Adds what goes to the client of these segments, in order, from `start` on. */
function throughHands(
  segments: readonly BackendSegment[],
  deps: ReplyLoopDeps,
  start = 0,
  out: Buffer[] = [],
): Eventual<readonly Buffer[]> {
  for (let index = start; index < segments.length; index += 1) {
    const segment = segments[index];
    if (segment === undefined) break;
    const bytes = segment.kind === 'pass' ? segment.bytes : handle(segment, deps);
    if (bytes instanceof Promise) {
      return bytes.then((done) => {
        out.push(done);
        return throughHands(segments, deps, index + 1, out);
      });
    }
    out.push(bytes);
  }
  return out;
}

/** What goes to the client; a promise only where an outcome has to be stored before it does. */
function handle(
  { type, raw }: Extract<BackendSegment, { kind: 'message' }>,
  deps: ReplyLoopDeps,
): Eventual<Buffer> {
  const { masker, tracker } = deps;
  if (masker === null) return track(type, raw, deps);
  const masked = masker.mask(type, raw, tracker.head);
  return andThen(masked, (bytes) => (isPassed(type) ? bytes : track(type, bytes, deps)));
}

/** What goes to the client of a message that the tracker follows; empty for one kept back. */
function track(type: number, raw: Buffer, deps: ReplyLoopDeps): Eventual<Buffer> {
  if (raw.length === 0) return raw;
  const message = read(type, raw);
  const reply = deps.tracker.on(message);
  if (message.status !== undefined) deps.ready(message.status);
  if (message.last === true) deps.goodbye();
  switch (reply.kind) {
    case 'pass':
      return raw;
    case 'swap':
      return reply.bytes;
    case 'ready':
      return andThen(reply.settle(), () => raw);
    case 'violation':
      throw new RefusedError({ code: 'UPSTREAM_UNTRUSTED', message: reply.message });
    default:
      return reply satisfies never;
  }
}

function endsSession(severity: string | undefined): boolean {
  return severity === 'FATAL' || severity === 'PANIC';
}

function read(type: number, raw: Buffer): ServerMessage {
  switch (type) {
    case backendType.commandComplete:
      return said(type, decodeCommandComplete(raw).tag);
    case backendType.readyForQuery:
      return said(type, undefined, decodeReadyForQuery(raw).status);
    case backendType.errorResponse: {
      const { code = 'XX000', message = '', severityInvariant } = decodeErrorResponse(raw).fields;
      const error = { code, message };
      return said(type, undefined, undefined, error, endsSession(severityInvariant));
    }
    case backendType.parameterStatus: {
      const { name, value } = decodeParameterStatus(raw);
      const lost = lostPin(name, value);
      if (lost === null) return said(type);
      throw new RefusedError({
        code: 'PINNED_STATE_LOST',
        message: `${lost} must stay as the gateway set it, and became ${value}`,
        hint: 'Connect again, and leave that setting alone.',
      });
    }
    default:
      return said(type);
  }
}

/** One shape for all of them: what looks at each stays fast. */
function said(
  type: number,
  tag?: string,
  status?: TransactionStatus,
  error?: TargetError,
  last = false,
): ServerMessage {
  return { type, tag, status, error, last };
}
