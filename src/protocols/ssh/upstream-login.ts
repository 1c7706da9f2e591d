import type { Duplex } from 'node:stream';
import ssh2, { type Client } from 'ssh2';
import { RefusedError } from '../../core/refusal.ts';
import { serverAlgorithms } from './algorithms.ts';
import { Connection } from './connection/connection.ts';
import { Transport } from './connection/transport.ts';
import { createHostKeyCheck } from './host-keys.ts';
import type { SshLimits } from './limits.ts';
import { loginMethods } from './login-methods.ts';
import type { SshAlgorithms, SshLogin } from './target.ts';

export interface LoginRequest {
  readonly login: SshLogin;
  /** May be another than the login's own. */
  readonly user: string;
  readonly algorithms: SshAlgorithms;
  readonly limits: SshLimits;
  readonly signal: AbortSignal;
}

/**
 * Logs in over a stream whose other end is the server. Rejects with a RefusedError that never
 * holds a secret, or with the signal's reason when aborted; the stream is destroyed then.
 */
export async function logInUpstream(stream: Duplex, request: LoginRequest): Promise<Connection> {
  const { login, user, limits, signal } = request;
  const check = createHostKeyCheck(login);
  const client = new ssh2.Client();
  let untrusted: RefusedError | null = null;
  client.connect({
    sock: stream,
    ident: 'hoopx',
    username: user,
    readyTimeout: 0,
    keepaliveInterval: 0,
    algorithms: serverAlgorithms(request.algorithms, check.types),
    authHandler: loginMethods(login, user),
    hostVerifier: (key: Buffer) => {
      const refusal = check.refusalOf(key);
      if (refusal !== null) untrusted = new RefusedError(refusal);
      return refusal === null;
    },
  });
  const transport = new Transport(client, stream, limits);
  const connection = new Connection(transport);
  try {
    await ready(client, transport, signal);
    return connection;
  } catch (error) {
    stream.destroy();
    signal.throwIfAborted();
    throw untrusted ?? loginFailure(error, login, user);
  }
}

function ready(client: Client, transport: Transport, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      client.off('ready', succeed);
      transport.closed.removeEventListener('abort', lose);
      signal.removeEventListener('abort', lose);
      act();
    };
    const succeed = () => settle(resolve);
    const lose = () => settle(() => reject(transport.failure ?? transport.closed.reason));
    client.on('ready', succeed);
    transport.closed.addEventListener('abort', lose);
    signal.addEventListener('abort', lose);
    if (signal.aborted) lose();
  });
}

/** ssh2 puts the stage at which a login failed into `level`. */
function loginFailure(error: unknown, { host, port }: SshLogin, user: string): RefusedError {
  const level = error instanceof Error && 'level' in error ? error.level : null;
  const said = error instanceof Error ? error.message : 'it broke off';
  const place = `${host}, port ${port},`;
  if (level === 'client-authentication' || level === 'agent') {
    const why =
      level === 'agent' ? `the agent cannot be used: ${said}` : 'nothing it was shown opens it';
    const message = `the server at ${place} did not let "${user}" in: ${why}`;
    return new RefusedError({ code: 'UPSTREAM_REFUSED_LOGIN', message }, { cause: error });
  }
  const message = `the server at ${place} could not be talked to: ${said}`;
  return new RefusedError({ code: 'UPSTREAM_UNREACHABLE', message }, { cause: error });
}
