import { connect, type Socket } from 'node:net';
import { absorbErrors } from './absorb-errors.ts';
import { awaitEvent } from './await-event.ts';
import { StreamClosedError } from './stream-closed-error.ts';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

const keepAliveMs = 30_000;

/**
 * A connected socket without Nagle's delay and with keepalive. Rejects with StreamClosedError
 * (the system's error as cause) when nobody answers, or the signal's reason when aborted.
 */
export async function connectTcp(address: TcpAddress, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = absorbErrors(
    connect({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }),
  );
  try {
    await awaitEvent(socket, ['connect', 'close'], signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  if (!socket.destroyed) return socket;
  const cause = socket.errored;
  throw new StreamClosedError(cause?.message ?? 'closed', cause === null ? {} : { cause });
}
