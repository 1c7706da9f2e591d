import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { gatheredBytes } from '../net/gather-writes.ts';

export type Accept = (socket: Socket) => void;

/** Where local clients reach the tunnel. */
export interface Listening {
  readonly place:
    | { readonly kind: 'port'; readonly port: number; readonly hosts: readonly string[] }
    | { readonly kind: 'socket'; readonly folder: string; readonly path: string };
  close(): Promise<void>;
}

const freePortTries = 20;

/**
 * One port on 127.0.0.1 and ::1, so that whichever `localhost` means is ours. A machine
 * without IPv6 gets the first alone.
 * @throws UserError PORT_TAKEN
 */
export async function listenOnPort(port: number, accept: Accept): Promise<Listening> {
  for (let attempt = 1; ; attempt += 1) {
    const v4 = await listenAt({ host: '127.0.0.1', port }, accept);
    const chosen = portOf(v4);
    try {
      const v6 = await listenAt({ host: '::1', port: chosen, ipv6Only: true }, accept);
      return onPort(chosen, ['127.0.0.1', '::1'], [v4, v6]);
    } catch (error) {
      if (isCode(error, 'EADDRNOTAVAIL') || isCode(error, 'EAFNOSUPPORT')) {
        return onPort(chosen, ['127.0.0.1'], [v4]);
      }
      await closed(v4);
      const another = port === 0 && isTaken(error) && attempt < freePortTries;
      if (!another) throw error;
    }
  }
}

/** A socket that only this user can open, in a folder that only this user can enter. */
export async function listenOnSocket(name: string, accept: Accept): Promise<Listening> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-'));
  const socketPath = path.join(folder, name);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const server = await listenAt({ path: socketPath }, accept);
    await chmod(socketPath, 0o600);
    return {
      place: { kind: 'socket', folder, path: socketPath },
      async close() {
        await closed(server);
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function onPort(port: number, hosts: readonly string[], servers: readonly Server[]): Listening {
  return {
    place: { kind: 'port', port, hosts },
    async close() {
      await Promise.all(servers.map(closed));
    },
  };
}

function listenAt(
  where: { host: string; port: number; ipv6Only?: boolean } | { path: string },
  accept: Accept,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const options = { allowHalfOpen: true, noDelay: true, highWaterMark: gatheredBytes };
    const server = createServer(options, accept);
    const failed = (error: Error) => {
      const place = 'path' in where ? where.path : `${where.host} port ${where.port}`;
      reject(isCode(error, 'EADDRINUSE') ? taken(place, error) : error);
    };
    server.once('error', failed);
    server.listen({ ...where, exclusive: true }, () => {
      server.off('error', failed);
      resolve(server);
    });
  });
}

function taken(place: string, cause: unknown): UserError {
  return new UserError(`${place} is taken by another program`, {
    code: 'PORT_TAKEN',
    exitCode: exitCodes.usage,
    hint: 'Choose another with --port, or leave it out to get a free one.',
    cause,
  });
}

function isTaken(error: unknown): boolean {
  return error instanceof UserError && error.code === 'PORT_TAKEN';
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
