import { once } from 'node:events';
import { createServer } from 'node:net';
import { exitCodes } from '../core/exit-codes.ts';
import { isLoopback } from '../core/loopback.ts';
import { UserError } from '../core/user-error.ts';

/** What the demo's certificate is for. */
const hosts = ['127.0.0.1', '::1', 'localhost'] as const;

/** @throws UserError NOT_LOOPBACK (64): logins there have no passwords */
export function requireLoopback(host: string): void {
  if (hosts.some((each) => each === host)) return;
  const why = isLoopback(host) ? 'cannot be had there' : 'is for this machine alone';
  throw new UserError(`a demo ${why}: ${host}`, {
    code: 'NOT_LOOPBACK',
    exitCode: exitCodes.usage,
    hint: `Anyone can log in to it as anyone. --listen takes ${hosts.join(', ')}.`,
  });
}

/** Before anything else is started. @throws UserError PORT_TAKEN (64), CANNOT_LISTEN (64) */
export async function requireFreePort(host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP address');
    return address.port;
  } catch (cause) {
    throw cannotListen(host, port, cause);
  } finally {
    if (server.listening) {
      server.close();
      await once(server, 'close');
    }
  }
}

/** As `gateway.listen` has it. */
export function listenAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function cannotListen(host: string, port: number, cause: unknown): UserError {
  const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const why = cause instanceof Error ? cause.message : String(cause);
  const place = listenAddress(host, port);
  return new UserError(
    taken ? `${place} is taken by another program` : `cannot listen on ${place}: ${why}`,
    {
      code: taken ? 'PORT_TAKEN' : 'CANNOT_LISTEN',
      exitCode: exitCodes.usage,
      hint: taken
        ? 'Perhaps a demo runs already. Choose another port with --port N; 0 takes a free one.'
        : 'Choose another with --port and --listen.',
      cause,
    },
  );
}
