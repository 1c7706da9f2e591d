import type { Duplex } from 'node:stream';
import { RefusedError } from '../../core/refusal.ts';
import { readChunks } from '../../net/read-chunks.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';
import { writeAll } from '../../net/write-all.ts';
import type { PostgresTarget } from './target.ts';
import { authenticate } from './upstream-authentication.ts';
import { type Greeting, readGreeting } from './upstream-greeting.ts';
import { createLoginReader } from './upstream-login-reader.ts';
import { openUpstream } from './upstream-stream.ts';
import { encodeCancelRequest } from './wire/startup/cancel-request.ts';
import { encodeStartupMessage } from './wire/startup/startup-message.ts';
import { WireError } from './wire/wire-error.ts';

/** A server connection just behind its first ReadyForQuery. */
export interface UpstreamConnection extends Greeting {
  readonly stream: Duplex;
  readonly encrypted: boolean;
  /** Bytes that came behind ReadyForQuery; to be read before the stream. */
  readonly leftover: Buffer;
}

export interface UpstreamRequest {
  readonly database: string;
  /** From the client, vetted; names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

const timeLimitMs = 30_000;
const cancelTimeLimitMs = 10_000;

/**
 * Connects and logs in, with protocol 3.0 and nothing newer. Rejects with a RefusedError that
 * never holds the password, or with the signal's reason when aborted.
 */
export async function connectUpstream(
  target: PostgresTarget,
  request: UpstreamRequest,
): Promise<UpstreamConnection> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeLimitMs)]);
  try {
    const { stream, encrypted, endPoint } = await openUpstream(target, signal);
    try {
      const reader = createLoginReader(stream, target.password, signal);
      await writeAll(stream, encodeStartupMessage(startupParameters(target, request)), signal);
      const { user, password } = target;
      await authenticate(reader, { user, password, encrypted, endPoint });
      const greeting = await readGreeting(reader);
      const leftover: Buffer | null = stream.read();
      return { stream, encrypted, ...greeting, leftover: leftover ?? Buffer.alloc(0) };
    } catch (error) {
      stream.destroy();
      throw error;
    }
  } catch (error) {
    throw loginFailure(error, request.signal);
  }
}

/**
 * Asks the server to cancel what a session runs, over TLS if the session has it, and returns
 * once the server has hung up, which is its only answer.
 */
export async function cancelUpstream(
  target: PostgresTarget,
  session: Pick<UpstreamConnection, 'backendKey' | 'encrypted'>,
  signal: AbortSignal,
): Promise<void> {
  const { backendKey, encrypted } = session;
  if (backendKey === null) return;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(cancelTimeLimitMs)]);
  const { stream } = await openUpstream(asEncryptedAs(target, encrypted), limit);
  try {
    await writeAll(stream, encodeCancelRequest(backendKey), limit);
    for await (const _ignored of readChunks(stream, limit));
  } catch (error) {
    if (!(error instanceof StreamClosedError)) throw error;
  } finally {
    stream.destroy();
  }
}

/** What is pinned comes last, so that nothing can come behind it. */
function startupParameters(
  target: PostgresTarget,
  request: UpstreamRequest,
): ReadonlyMap<string, string> {
  return new Map([
    ...request.parameters,
    ['user', target.user],
    ['database', request.database],
    ['client_encoding', 'UTF8'],
    ['standard_conforming_strings', 'on'],
  ]);
}

function asEncryptedAs(target: PostgresTarget, encrypted: boolean): PostgresTarget {
  const { tls } = target;
  if (!encrypted) return { ...target, tls: { ...tls, mode: 'disable' } };
  return tls.mode === 'prefer' ? { ...target, tls: { ...tls, mode: 'require', ca: null } } : target;
}

function loginFailure(error: unknown, session: AbortSignal): unknown {
  if (error instanceof RefusedError || session.aborted) return error;
  const code = 'UPSTREAM_UNREACHABLE';
  if (error instanceof StreamClosedError) {
    const message = 'the server broke off while we logged in';
    return new RefusedError({ code, message }, { cause: error });
  }
  if (error instanceof WireError) {
    const message = `the server does not speak PostgreSQL's protocol (${error.code})`;
    return new RefusedError({ code, message }, { cause: error });
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    const message = `the server did not answer within ${timeLimitMs / 1000} s`;
    return new RefusedError({ code, message }, { cause: error });
  }
  return error;
}
