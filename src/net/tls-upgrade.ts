import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, createSecureContext, type PeerCertificate, TLSSocket } from 'node:tls';
import type { Secret } from '../core/secret.ts';
import { absorbErrors } from './absorb-errors.ts';
import { awaitEvent } from './await-event.ts';
import type { ServerCertificate } from './ephemeral-certificate.ts';
import { StreamClosedError } from './stream-closed-error.ts';

export interface AcceptTlsOptions {
  readonly certificate: ServerCertificate;
  /** Offered by us; a client that asks for others only is refused by the handshake. */
  readonly alpn: readonly string[];
}

/** The server's side of TLS over any Duplex, after the handshake. Rejects with StreamClosedError. */
export async function acceptTls(
  stream: Duplex,
  options: AcceptTlsOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { cert, key } = options.certificate;
  const secureContext = createSecureContext({ cert, key: key.reveal(), minVersion: 'TLSv1.2' });
  const socket = new TLSSocket(stream, {
    isServer: true,
    secureContext,
    requestCert: false,
    ALPNProtocols: [...options.alpn],
  });
  // Without a tls.Server around it, errors behind the handshake are only told here.
  socket.on('_tlsError', (error: Error) => socket.destroy(error));
  return handshake(socket, stream, 'secure', signal);
}

export interface ConnectTlsOptions {
  /** Name or address that the certificate is checked against. */
  readonly host: string;
  /** `none` encrypts without knowing to whom; `ca` trusts any host of the authority. */
  readonly verify: 'none' | 'ca' | 'full';
  /** PEM; null for the authorities that Node trusts. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: Secret | null;
  readonly alpn: readonly string[];
}

/** The client's side of TLS over any Duplex, after handshake and verification. */
export async function connectTls(
  stream: Duplex,
  options: ConnectTlsOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { host, verify, ca, cert, key, alpn } = options;
  const socket = connect({
    socket: stream,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: verify !== 'none',
    ...(verify === 'full' ? {} : { checkServerIdentity: anyHost }),
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key: key.reveal() }),
    ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
    minVersion: 'TLSv1.2',
  });
  return handshake(socket, stream, 'secureConnect', signal);
}

function anyHost(_host: string, _certificate: PeerCertificate): undefined {
  return undefined;
}

async function handshake(
  socket: TLSSocket,
  stream: Duplex,
  done: 'secure' | 'secureConnect',
  signal: AbortSignal,
): Promise<TLSSocket> {
  absorbErrors(stream);
  absorbErrors(socket);
  try {
    await awaitEvent(socket, [done, 'close', 'error'], signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  if (!socket.destroyed) return socket;
  const cause = socket.errored;
  throw new StreamClosedError(
    cause?.message ?? 'closed during the TLS handshake',
    cause === null ? {} : { cause },
  );
}
