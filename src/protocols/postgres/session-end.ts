import type { Duplex } from 'node:stream';
import { type Refusal, RefusedError } from '../../core/refusal.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';
import { refusalOfWireError } from './faults.ts';
import { WireError } from './wire/wire-error.ts';

/** Why a session ends. */
export type SessionEnd =
  | { readonly kind: 'left' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Our own fault: the client is told so much, and it is thrown once all is tidied up. */
  | { readonly kind: 'bug'; readonly error: unknown };

export const serverGone: Refusal = {
  code: 'UPSTREAM_UNREACHABLE',
  message: 'the server closed the connection',
};

/** What ended the loop that reads the client; `left` when the client has gone by itself. */
export function endOf(error: unknown, left: boolean): SessionEnd {
  if (error instanceof RefusedError) return { kind: 'refused', refusal: error.refusal };
  if (error instanceof WireError) return { kind: 'refused', refusal: refusalOfWireError(error) };
  if (left) return { kind: 'left' };
  if (error instanceof StreamClosedError) return { kind: 'refused', refusal: serverGone };
  return { kind: 'bug', error };
}

/** What ended the loop that reads the server, as a reason to abort the session with. */
export function endOfReplies(error: unknown): unknown {
  if (error instanceof RefusedError) return error;
  if (error instanceof WireError) {
    const message = `the server broke the protocol: ${error.message} (${error.code})`;
    return new RefusedError({ code: 'UPSTREAM_UNTRUSTED', message }, { cause: error });
  }
  if (isStreamError(error)) return new RefusedError(serverGone, { cause: error });
  return error;
}

export function refusalOfEnd(end: Exclude<SessionEnd, { kind: 'left' }>): Refusal {
  if (end.kind === 'refused') return end.refusal;
  return { code: 'INTERNAL', message: 'the gateway failed; nothing more was sent to the server' };
}

/** Lets the stream's last bytes out, for a second at most. */
export async function hangUp(stream: Duplex): Promise<void> {
  if (stream.destroyed) return;
  await soon(new Promise((resolve) => stream.once('close', resolve).end(resolve)));
  if (!stream.writableFinished) stream.destroy();
}

/** A peer that does not read must not keep a session from ending. */
export async function soon(work: Promise<unknown>): Promise<void> {
  await Promise.race([work, after(1000)]);
}

export function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** ECONNRESET and its like, as Node's streams throw them. */
function isStreamError(error: unknown): boolean {
  if (error instanceof StreamClosedError) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
