import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { RefusedError } from '../../core/refusal.ts';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { connectTcp } from '../../net/connect-tcp.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';
import { ChannelStream } from './connection/channel-stream.ts';
import type { Connection } from './connection/connection.ts';
import { keepAlive } from './keep-alive.ts';
import type { SshLimits } from './limits.ts';
import type { SshLogin, SshTarget } from './target.ts';
import { logInUpstream } from './upstream-login.ts';
import { string, uint32 } from './wire/connection/encode.ts';
import { disconnectReason } from './wire/connection/messages.ts';

/** The server's side of a session. */
export interface UpstreamConnection {
  readonly connection: Connection;
  readonly user: string;
  /** Where it really is; null behind a jump host. */
  readonly address: string | null;
}

export interface UpstreamRequest {
  readonly user: string;
  readonly limits: SshLimits;
  readonly signal: AbortSignal;
}

/**
 * Connects, checks the host key and logs in, through the jump host where there is one. Rejects
 * with a RefusedError that never holds a secret, or with the signal's reason when aborted.
 */
export async function connectUpstream(
  target: SshTarget,
  request: UpstreamRequest,
): Promise<UpstreamConnection> {
  const { user, limits } = request;
  const limit = AbortSignal.timeout(limits.loginMs);
  const signal = AbortSignal.any([request.signal, limit]);
  const { algorithms } = target;
  try {
    const stream =
      target.jump === null
        ? await dial(target, signal)
        : await dialThrough(target.jump, target, { limits, signal });
    const connection = await logInUpstream(stream, {
      ...{ login: target, user, algorithms, limits, signal },
    });
    keepAlive(connection, target.keepaliveMs);
    const address = stream instanceof Socket ? (stream.remoteAddress ?? null) : null;
    return { connection, user, address };
  } catch (error) {
    request.signal.throwIfAborted();
    if (!limit.aborted) throw error;
    const message = `the server did not let us in within ${limits.loginMs / 1000} s`;
    throw new RefusedError({ code: 'UPSTREAM_UNREACHABLE', message }, { cause: error });
  }
}

async function dial({ host, port }: SshLogin, signal: AbortSignal): Promise<Duplex> {
  try {
    return await connectTcp({ host, port }, signal);
  } catch (error) {
    if (!(error instanceof StreamClosedError)) throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    const message = `no SSH server answers at ${host}, port ${port}: ${why}`;
    throw new RefusedError({ code: 'UPSTREAM_UNREACHABLE', message }, { cause: error });
  }
}

/** A connection to the target that the jump host makes; ends together with it. */
async function dialThrough(
  jump: SshLogin,
  target: SshTarget,
  { limits, signal }: { readonly limits: SshLimits; readonly signal: AbortSignal },
): Promise<Duplex> {
  const { algorithms } = target;
  const hop = await logInUpstream(await dial(jump, signal), {
    ...{ login: jump, user: jump.user, algorithms, limits, signal },
  });
  keepAlive(hop, target.keepaliveMs);
  const { host, port } = target;
  const from = [string('127.0.0.1'), uint32(0)];
  const giveUp = () => hop.transport.fail('nobody waits for it any more');
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    signal.throwIfAborted();
    const channel = await hop.open(
      'direct-tcpip',
      Buffer.concat([string(host), uint32(port), ...from]),
    );
    const stream = absorbErrors(new ChannelStream(channel));
    stream.once(
      'close',
      () => void hop.transport.disconnect(disconnectReason.byApplication, 'done'),
    );
    return stream;
  } catch (error) {
    void hop.transport.disconnect(disconnectReason.byApplication, 'done');
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : 'it broke off';
    const message = `the jump host ${jump.host} does not lead to ${host}, port ${port}: ${why}`;
    throw new RefusedError({ code: 'UPSTREAM_UNREACHABLE', message }, { cause: error });
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
