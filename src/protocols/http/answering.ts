import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Writable } from 'node:stream';
import type { Facts } from '../../core/facts.ts';
import type { Refusal } from '../../core/refusal.ts';
import type { Outcome } from '../../core/request.ts';
import { eachChunk } from '../../net/each-chunk.ts';
import { writeOrWait } from '../../net/write-all.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { ExchangeRecording } from './exchange-recording.ts';
import type { Answer } from './faults.ts';
import type { HttpLimits } from './limits.ts';
import type { AnswerMasking } from './masking/answer-masking.ts';
import { passMasked } from './masking/pass-masked.ts';
import type { UnmaskableError } from './masking/unmaskable.ts';
import type { SessionContext } from './session-context.ts';
import type { HttpTarget } from './target.ts';
import { originOf } from './target.ts';
import { readBrowsing } from './wire/browsing.ts';
import { forwardableResponseHeaders, forwardableTrailers } from './wire/header-hygiene.ts';
import { type HeaderList, headerList } from './wire/header-list.ts';
import { relativeLocations } from './wire/location.ts';

/** An answer of the gateway's own, as a page where one is to be shown. */
export function answer(exchange: ClientExchange, said: Answer): void {
  if (exchange.gone.aborted) return;
  const { navigates } = readBrowsing(exchange.method, exchange.headers);
  const { status, headers, body } = (navigates ? said.page?.() : undefined) ?? said;
  exchange.respond({ status, message: STATUS_CODES[status] ?? '', headers }).end(body);
}

/** For what has been sent: it may have run, and whoever asked must not take it for refused. */
export function unknownAnswer<OfOne extends Facts>(
  { dialect }: SessionContext<OfOne>,
  refusal: Refusal,
): Answer {
  const message = `${refusal.message}; it is not known whether it ran`;
  const { status, headers, body } = dialect.refused({ ...refusal, message });
  return { status, body, headers: [...headers, ['X-Hoopx-Outcome', 'unknown']] };
}

/** The answer stays here, or what is left of it; how it went is known all the same. */
export function withhold<OfOne extends Facts>(
  { dialect }: SessionContext<OfOne>,
  exchange: ClientExchange,
  { refusal }: UnmaskableError,
): void {
  if (exchange.begun()) {
    exchange.abort();
    return;
  }
  exchange.closeAfter();
  answer(exchange, dialect.refused(refusal));
}

export interface Passing {
  readonly exchange: ClientExchange;
  readonly incoming: IncomingMessage;
  readonly target: HttpTarget;
  /** The answer is awaited even if its client has left. */
  readonly heardOut: boolean;
  readonly limits: HttpLimits;
  readonly recording: ExchangeRecording;
  /** Added to the target's own headers. */
  readonly more: HeaderList;
  readonly masking: AnswerMasking | null;
}

/**
 * Passes the target's answer on as it comes, and returns the stream that is left to be ended,
 * null when nobody is there any more. Rejects when the answer breaks off.
 */
export async function passAnswer(passing: Passing): Promise<Writable | null> {
  const { exchange, incoming, heardOut, limits, masking, recording } = passing;
  if (masking !== null) return passMasked({ ...passing, head: headOf(passing), masking });
  const { gone } = exchange;
  const client = gone.aborted ? null : exchange.respond(headOf(passing));
  // With the first of the body in one write where it came so; a watch may have none for long.
  const head = setImmediate(() => {
    if (client !== null && !gone.aborted) exchange.flushHead();
  });
  let unheard = 0;
  await eachChunk(incoming, (chunk) => {
    clearImmediate(head);
    recording.answered(chunk.length);
    if (client !== null && !gone.aborted) {
      const written = writeOrWait(client, chunk, gone);
      if (written === null) return 'more';
      return heardOut ? written.catch(ignoreIf(gone)) : written;
    }
    unheard += chunk.length;
    if (!heardOut || unheard > limits.maxUnheardBytes) throw new Error('the client left');
    return 'more';
  });
  clearImmediate(head);
  if (!incoming.complete) throw new Error('the answer broke off');
  if (client === null || gone.aborted) return null;
  const trailers = forwardableTrailers(headerList(incoming.rawTrailers));
  if (trailers.length > 0) exchange.addTrailers(trailers);
  return client;
}

/**
 * What a request came to, as its status says.
 * @param withheld why the client was not given the answer, or all of it
 */
export function outcomeOf(
  { statusCode = 0, statusMessage = '' }: IncomingMessage,
  withheld?: string,
): Outcome {
  const status = `HTTP ${statusCode} ${statusMessage}`.trim();
  return {
    message: withheld === undefined ? status : `${status}; ${withheld}`,
    targetCode: String(statusCode),
    rowCount: null,
  };
}

export function succeeded({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode < 400;
}

function headOf({ incoming, target, more }: Passing) {
  const { statusCode = 502, statusMessage = '' } = incoming;
  const headers = forwardableResponseHeaders(headerList(incoming.rawHeaders));
  const cookieless = target.credential.kind === 'cookie' ? withoutCookies(headers) : headers;
  const kept = bodiless.has(statusCode) ? withoutLength(cookieless) : cookieless;
  return {
    status: statusCode,
    message: statusMessage,
    headers: [
      ...(target.rewriteRedirects ? relativeLocations(kept, originOf(target)) : kept),
      ...more,
    ],
  };
}

/** RFC 9110, 8.6 and 15.3.6: a length there would have a client wait for a body, or for the next answer. */
const bodiless: ReadonlySet<number> = new Set([204, 205]);

function withoutLength(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name.toLowerCase() !== 'content-length');
}

/** The session that the gateway's own cookie opens must not pass to its clients. */
function withoutCookies(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => name.toLowerCase() !== 'set-cookie');
}

function ignoreIf(gone: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!gone.aborted) throw error;
  };
}
