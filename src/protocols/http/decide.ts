import type { Facts } from '../../core/facts.ts';
import type { Clearance, Permit } from '../../core/gate.ts';
import type { Decidable, Operation } from '../../core/operation.ts';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import type { HeldRequest } from '../../core/request.ts';
import { joinSignals } from '../../net/join-signals.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { HttpRequest } from './http-request.ts';
import { patienceMs } from './patience.ts';
import { type BodyStart, readBodyStart } from './read-body.ts';
import type { SessionContext } from './session-context.ts';
import { RequestError } from './wire/request-error.ts';

/** A request with what has been read of its body so far, to be sent before the rest. */
export interface ReadAhead {
  readonly request: HttpRequest;
  readonly start: Buffer;
  /** The client has been told to send its body. */
  readonly continued: boolean;
}

export type Decided =
  | {
      readonly kind: 'cleared';
      readonly permit: Permit;
      readonly approved: HeldRequest | null;
      readonly ahead: ReadAhead;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly ahead: ReadAhead }
  /** Its client does not wait; it may be approved, and claimed later. */
  | { readonly kind: 'accepted'; readonly held: HeldRequest; readonly ahead: ReadAhead };

const comesBack = new RefusedError({
  code: 'CANCELLED_BY_REQUESTER',
  message: 'its client comes back for it once it is approved',
});

/** Reads as much of the body as the rules need, and asks the gate. */
export async function decide<OfOne extends Facts>(
  context: SessionContext<OfOne>,
  exchange: ClientExchange,
  asked: HttpRequest,
): Promise<Decided> {
  const { grant, dialect, over } = context;
  const ahead = await readAhead(context, exchange, asked);
  const { request } = ahead;
  const operation = await dialect.operation(request, dialect.decidable(request));
  refuseUnmeant(context, request, operation.decidable);
  const { gone } = exchange;
  if (grant.gate.foresee(operation.decidable).kind === 'review') {
    return { ...(await review(context, exchange, operation, ahead)), ahead };
  }
  // Nobody is asked, so that nothing is waited for.
  const clearance = await grant.gate.submit(operation, {
    held() {},
    signal: over.aborted ? over : gone,
  });
  return { ...clearance, ahead };
}

/** Asks people, for as long as the client waits. */
async function review<OfOne extends Facts>(
  { grant, over }: SessionContext<OfOne>,
  { gone }: ClientExchange,
  operation: Operation<OfOne>,
  { request }: ReadAhead,
): Promise<Clearance | { readonly kind: 'accepted'; readonly held: HeldRequest }> {
  const waitMs = patienceMs(request);
  const notWaiting = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let left: HeldRequest | null = null;
  const waiting = joinSignals([gone, over, notWaiting.signal]);
  try {
    const clearance = await grant.gate.submit(operation, {
      held(held, first) {
        if (!first || waitMs === null || held.mode !== 'claimable') return;
        timer = setTimeout(() => {
          left = held;
          notWaiting.abort(comesBack);
        }, waitMs);
      },
      signal: waiting.signal,
    });
    if (clearance.kind === 'cleared' || left === null) return clearance;
    return { kind: 'accepted', held: left };
  } finally {
    clearTimeout(timer);
    waiting.release();
  }
}

/** Else any page on the web could ask for approvals in the name of whoever looks at it. */
function refuseUnmeant<OfOne extends Facts>(
  { grant }: SessionContext<OfOne>,
  request: HttpRequest,
  decidable: Decidable<OfOne>,
): void {
  if (request.browsing?.unmeant !== true) return;
  if (grant.gate.foresee(decidable).kind !== 'review') return;
  throw new RequestError('UNMEANT', 'this needs approval, and a page of another site leads to it');
}

const nothing = Buffer.alloc(0);

async function readAhead<OfOne extends Facts>(
  context: SessionContext<OfOne>,
  exchange: ClientExchange,
  request: HttpRequest,
): Promise<ReadAhead> {
  const { grant, dialect, limits } = context;
  const unread = { request, start: nothing, continued: false };
  if (request.body.kind !== 'unread' || isTooLong(request, limits.maxReviewedBodyBytes)) {
    return unread;
  }
  const allowed = grant.gate.foresee(dialect.decidable(request)).kind === 'allow';
  if (allowed && !dialect.decodes(request)) return unread;
  if (exchange.expectsContinue) {
    if (isDeniedAnyway(context, request)) return unread;
    exchange.inform(100, []);
  }
  const start = await readBodyStart(exchange.body, {
    maxBytes: limits.maxReviewedBodyBytes,
    timeMs: limits.bodyTimeMs,
    signals: [exchange.gone, context.over],
  });
  return { request: withBody(request, start, exchange), start: start.bytes, continued: true };
}

function withBody(request: HttpRequest, start: BodyStart, exchange: ClientExchange): HttpRequest {
  if (!start.whole) return request;
  return { ...request, body: { kind: 'read', bytes: start.bytes, trailers: exchange.trailers() } };
}

function isTooLong({ framing }: HttpRequest, limit: number): boolean {
  return framing.kind === 'length' && framing.length > limit;
}

/** By a rule that asks nothing of the body: then the client need not send it. */
function isDeniedAnyway<OfOne extends Facts>(
  { grant, dialect }: SessionContext<OfOne>,
  request: HttpRequest,
): boolean {
  const verdict = grant.gate.foresee(dialect.decidable({ ...request, body: { kind: 'none' } }));
  return verdict.kind === 'deny' && verdict.code === 'DENIED_BY_RULE';
}
