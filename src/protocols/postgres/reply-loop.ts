import type { Readable } from 'node:stream';
import { andThen, type Eventual } from '../../core/eventual.ts';
import { RefusedError } from '../../core/refusal.ts';
import { eachChunk, type Taken } from '../../net/each-chunk.ts';
import { type AnswerOrder, operationOf } from './answer-order.ts';
import type { Reply, ServerMessage } from './expectation.ts';
import type { ReplyMasker } from './masking/reply-masker.ts';
import type { Outlet } from './outlet.ts';
import type { ReplyTracker } from './replies.ts';
import type { TargetError } from './runs.ts';
import { lostPin } from './session-state.ts';
import { readCommandTag } from './wire/backend/command-complete.ts';
import { decodeParameterStatus } from './wire/backend/parameter-status.ts';
import { readTransactionStatus, type TransactionStatus } from './wire/backend/ready-for-query.ts';
import { decodeErrorResponse } from './wire/backend/report.ts';
import { BackendScanner } from './wire/backend-scanner.ts';
import { backendType } from './wire/backend-types.ts';
import { typeTable } from './wire/type-table.ts';

export interface ReplyLoopDeps {
  readonly tracker: ReplyTracker;
  readonly answers: AnswerOrder;
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

const passOn: Reply = { kind: 'pass' };

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

/** What describes or ends an answer: the recording has to know of which operation. */
const isTold = typeTable([
  backendType.rowDescription,
  backendType.commandComplete,
  backendType.emptyQueryResponse,
  backendType.portalSuspended,
  backendType.errorResponse,
  backendType.readyForQuery,
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
  const scanner = new BackendScanner(
    { maxBufferedBytes: deps.maxReplyBytes },
    masker === null ? (type) => !isPassed(type) : (type) => masker.wants(type, tracker.head),
  );
  /** A promise only where an outcome has to be stored before the client has the message. */
  const handleAll = (): Eventual<void> => {
    while (scanner.next()) {
      const settled = handle(scanner, deps);
      if (settled instanceof Promise) return settled.then(handleAll);
    }
  };
  const pass = (): Taken => {
    const full = deps.outlet.pass(scanner.passed(), scanner.atBoundary);
    if (full !== null) return full.then(deps.progressed);
    deps.progressed();
    return 'more';
  };
  const relay = (chunk: Buffer): Taken => {
    scanner.feed(chunk);
    const handled = handleAll();
    return handled instanceof Promise ? handled.then(pass) : pass();
  };
  if (leftover.length > 0) await relay(leftover);
  await eachChunk(server, relay);
}

/** Has the message that was found go to the client, as it is or replaced. */
function handle(found: BackendScanner, deps: ReplyLoopDeps): Eventual<void> {
  const { masker, tracker } = deps;
  if (masker === null) {
    return settle(found, follow(found.type, found.bytes, found.start, found.end, deps));
  }
  const { type } = found;
  if (type === backendType.dataRow) return masker.rows(found, tracker.head);
  const raw = found.bytes.subarray(found.start, found.end);
  return andThen(masker.mask(type, raw, tracker.head), (masked) => {
    const kept = masked.length === 0 || isPassed(type);
    const reply = kept ? passOn : follow(type, masked, 0, masked.length, deps);
    if (reply.kind !== 'swap' && masked !== raw) found.replace(masked);
    return settle(found, reply);
  });
}

/** What the message means for all that is owed; it lies between `start` and `end`. */
function follow(
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
  deps: ReplyLoopDeps,
): Reply {
  const message = read(type, bytes, start, end);
  const operation = isTold(type) ? operationOf(deps.tracker.head) : null;
  const reply = deps.tracker.on(message);
  if (operation !== null && !staysHere(reply)) deps.answers.tell(operation);
  if (message.status !== undefined) deps.ready(message.status);
  if (message.last === true) deps.goodbye();
  return reply;
}

/** The client did not ask for it. */
function staysHere(reply: Reply): boolean {
  return reply.kind === 'swap' && reply.bytes.length === 0;
}

function settle(found: BackendScanner, reply: Reply): Eventual<void> {
  switch (reply.kind) {
    case 'pass':
      return;
    case 'swap':
      found.replace(reply.bytes);
      return;
    case 'ready':
      return reply.settle();
    case 'violation':
      throw new RefusedError({ code: 'UPSTREAM_UNTRUSTED', message: reply.message });
    default:
      return reply satisfies never;
  }
}

function endsSession(severity: string | undefined): boolean {
  return severity === 'FATAL' || severity === 'PANIC';
}

function read(type: number, bytes: Buffer, start: number, end: number): ServerMessage {
  switch (type) {
    case backendType.commandComplete:
      return said(type, readCommandTag(bytes, start, end));
    case backendType.readyForQuery:
      return said(type, undefined, readTransactionStatus(bytes, start, end));
    case backendType.errorResponse: {
      const {
        code = 'XX000',
        message = '',
        severityInvariant,
      } = decodeErrorResponse(bytes.subarray(start, end)).fields;
      const error = { code, message };
      return said(type, undefined, undefined, error, endsSession(severityInvariant));
    }
    case backendType.parameterStatus: {
      const { name, value } = decodeParameterStatus(bytes.subarray(start, end));
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
