import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { RefusedError } from '../../core/refusal.ts';
import { connectTcp } from '../../net/connect-tcp.ts';
import { readExactly } from '../../net/read-chunks.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';
import { connectTls } from '../../net/tls-upgrade.ts';
import { writeAll } from '../../net/write-all.ts';
import type { PostgresTarget } from './target.ts';
import { serverEndPoint } from './upstream-channel-binding.ts';
import { encodeSslRequest } from './wire/startup/encryption-request.ts';

export interface UpstreamStream {
  readonly stream: Duplex;
  readonly encrypted: boolean;
  /** For SCRAM's channel binding; null without TLS, or where the certificate defines none. */
  readonly endPoint: Buffer | null;
}

type Address = Pick<PostgresTarget, 'host' | 'port' | 'tls'>;

const yes = 0x53;
const no = 0x4e;

/**
 * A connection to the server with the encryption that the target asks for. `prefer` takes TLS
 * where the server has it; a handshake that fails is never followed by one in the clear.
 * Rejects with a RefusedError, or the signal's reason when aborted.
 */
export async function openUpstream(target: Address, signal: AbortSignal): Promise<UpstreamStream> {
  const socket = await reach(target, signal);
  try {
    if (target.tls.mode === 'disable') return inTheClear(socket);
    return await encrypt(socket, target, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function reach(target: Address, signal: AbortSignal): Promise<Socket> {
  try {
    return await connectTcp({ host: target.host, port: target.port }, signal);
  } catch (error) {
    if (!(error instanceof StreamClosedError)) throw error;
    throw unreachable(`the server cannot be reached (${reasonOf(error)})`, error);
  }
}

async function encrypt(
  socket: Socket,
  target: Address,
  signal: AbortSignal,
): Promise<UpstreamStream> {
  const answer = await askForTls(socket, signal);
  if (answer === no) {
    if (target.tls.mode === 'prefer') return inTheClear(socket);
    throw untrusted('the server does not offer TLS, which this connection requires');
  }
  if (answer !== yes) throw unreachable('the server answered the request for TLS with an error');
  // Whatever is here came unencrypted, from anybody (CVE-2021-23222).
  if (socket.readableLength > 0) {
    throw untrusted('unencrypted bytes came behind the agreement to use TLS');
  }
  const stream = await handshake(socket, target, signal);
  const certificate = stream.getPeerX509Certificate();
  const endPoint = certificate === undefined ? null : serverEndPoint(certificate.raw);
  return { stream, encrypted: true, endPoint };
}

async function askForTls(socket: Socket, signal: AbortSignal): Promise<number | null> {
  try {
    await writeAll(socket, encodeSslRequest(), signal);
    const answer = await readExactly(socket, 1, signal);
    if (answer === null) throw new StreamClosedError('the server hung up');
    return answer[0] ?? null;
  } catch (error) {
    if (!(error instanceof StreamClosedError)) throw error;
    throw unreachable(`the server broke off (${reasonOf(error)})`, error);
  }
}

async function handshake(socket: Socket, target: Address, signal: AbortSignal): Promise<TLSSocket> {
  const { ca, cert, key } = target.tls;
  const options = { host: target.host, verify: verification(target.tls), ca, cert, key };
  try {
    return await connectTls(socket, { ...options, alpn: ['postgresql'] }, signal);
  } catch (error) {
    if (!(error instanceof StreamClosedError)) throw error;
    throw untrusted(`TLS with the server failed (${reasonOf(error)})`, error);
  }
}

/** As libpq does: `require` with an authority at hand verifies against it. */
function verification({ mode, ca }: PostgresTarget['tls']): 'none' | 'ca' | 'full' {
  switch (mode) {
    case 'verify-full':
      return 'full';
    case 'verify-ca':
      return 'ca';
    case 'require':
      return ca === null ? 'none' : 'ca';
    case 'prefer':
    case 'disable':
      return 'none';
    default:
      return mode satisfies never;
  }
}

function inTheClear(stream: Duplex): UpstreamStream {
  return { stream, encrypted: false, endPoint: null };
}

function unreachable(message: string, cause?: unknown): RefusedError {
  const hint = 'Ask whoever runs the gateway: the connection is configured there.';
  return new RefusedError({ code: 'UPSTREAM_UNREACHABLE', message, hint }, { cause });
}

function untrusted(message: string, cause?: unknown): RefusedError {
  const hint = 'Ask whoever runs the gateway: see `tls` of the connection.';
  return new RefusedError({ code: 'UPSTREAM_UNTRUSTED', message, hint }, { cause });
}

function reasonOf(error: StreamClosedError): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
