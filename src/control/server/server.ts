import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_CIPHERS, type TLSSocket } from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import type { Secret } from '../../core/secret.ts';
import { UserError } from '../../core/user-error.ts';
import { maxTokenBytes } from '../../identity/token-limits.ts';
import { createDispatcher } from './dispatch.ts';
import { type ControlLimits, defaultLimits } from './limits.ts';
import type { ControlPorts } from './ports.ts';
import { badRequest, internalProblem, type Problem, problemOf } from './problem.ts';
import { refuseUpgrade } from './upgrade.ts';

export interface ServerCertificate {
  /** PEM */
  readonly cert: string;
  readonly key: Secret;
}

/** Connections that somebody else serves, from the end of the TLS handshake on. */
export interface Diversion {
  /**
   * True for one that it serves; one that it leaves is as it was. `host` is what the client asked
   * the certificate for (RFC 6066, section 3), empty for none; `address` is the peer's.
   */
  takes(stream: Duplex, host: string, address: string): Promise<boolean>;
}

export interface ControlServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls: ServerCertificate | null;
  readonly ports: ControlPorts;
  readonly clock: Clock;
  /** Told of our own defects; never of what a caller did wrong. */
  readonly onDefect: (error: unknown, route: string) => void;
  readonly limits?: Partial<ControlLimits>;
  /** Without TLS nothing is diverted: no host is known, and clients show no token. */
  readonly diversion?: Diversion;
}

export interface ControlServer {
  readonly address: AddressInfo;
  replaceCertificate(tls: ServerCertificate): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

const farewellMs = 2_000;

/** Against callers who send their request drop by drop, or never to its end. */
function timeouts({ patienceMs }: ControlLimits): http.ServerOptions {
  return {
    headersTimeout: patienceMs,
    requestTimeout: patienceMs * 2,
    keepAliveTimeout: 30_000,
    connectionsCheckingInterval: patienceMs / 5,
    maxHeaderSize: maxTokenBytes + 8 * 1024,
  };
}

/** @throws UserError GATEWAY_PORT_TAKEN or GATEWAY_LISTEN */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const dispatcher = createDispatcher({ ports: options.ports, clock: options.clock, limits });
  const sockets = new Set<Duplex>();
  const server = createServer(options.tls, limits);
  server.maxConnections = limits.connections;
  server.maxHeadersCount = 64;

  const problemFor = (error: unknown, request: IncomingMessage): Problem => {
    const problem = problemOf(error);
    if (problem !== null) return problem;
    options.onDefect(error, `${request.method} ${request.url?.split('?', 1)[0]}`);
    return internalProblem();
  };
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    dispatcher.answer(request, response).catch((error: unknown) => {
      refuse(request, response, problemFor(error, request));
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    dispatcher.upgrade(request, socket, head).catch((error: unknown) => {
      refuseUpgrade(socket, problemFor(error, request));
    });
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) refuseUpgrade(socket, badRequest('not an HTTP request'));
    else socket.destroy();
  });

  if (server instanceof https.Server && options.diversion !== undefined) {
    divert(server, options.diversion, options.onDefect);
  }

  await listen(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address to listen on');
  return {
    address,
    replaceCertificate({ cert, key }) {
      if (!(server instanceof https.Server)) return;
      server.setSecureContext({ cert, key: key.reveal(), minVersion, ciphers });
    },
    close: () => close(server, sockets),
  };
}

const minVersion = 'TLSv1.2';
const cheapest = 'TLS_AES_128_GCM_SHA256';

/** Node's own ciphers, the cheapest first: sessions move much through tunnels. */
const ciphers = [cheapest, ...DEFAULT_CIPHERS.split(':').filter((name) => name !== cheapest)].join(
  ':',
);

function createServer(
  tls: ServerCertificate | null,
  limits: ControlLimits,
): http.Server | https.Server {
  if (tls === null) return http.createServer(timeouts(limits));
  return https.createServer({
    ...timeouts(limits),
    cert: tls.cert,
    key: tls.key.reveal(),
    minVersion,
    ciphers,
    handshakeTimeout: limits.patienceMs,
    // A client that has sent everything may still be waiting for its answer.
    allowHalfOpen: true,
  });
}

function divert(
  server: https.Server,
  diversion: Diversion,
  onDefect: ControlServerOptions['onDefect'],
): void {
  const listeners = server.listeners('secureConnection');
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    const { servername, remoteAddress = '' } = socket;
    const host = typeof servername === 'string' ? servername.toLowerCase() : '';
    const serve = (taken: boolean) => {
      if (taken || socket.destroyed) return;
      for (const listener of listeners) listener.call(server, socket);
    };
    diversion.takes(socket, host, remoteAddress).then(serve, (error: unknown) => {
      socket.destroy();
      onDefect(error, 'a new connection');
    });
  });
}

function refuse(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers: http.OutgoingHttpHeaders = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  };
  if (problem.retryAfter !== null) headers['retry-after'] = `${problem.retryAfter}`;
  // What was not read of the request must not be taken for the next one.
  if (!request.complete) headers.connection = 'close';
  response.writeHead(problem.status, headers);
  response.end(JSON.stringify(problem.body));
}

function listen(server: http.Server, { host, port }: ControlServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new UserError(
          taken
            ? `${host}:${port} is taken by another program`
            : `cannot listen on ${host}:${port}: ${error.message}`,
          {
            code: taken ? 'GATEWAY_PORT_TAKEN' : 'GATEWAY_LISTEN',
            exitCode: exitCodes.badConfiguration,
            hint: 'Change gateway.listen in the configuration.',
            cause: error,
          },
        ),
      );
    };
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

/** What has been said is let out first; nobody is waited for beyond that. */
async function close(server: http.Server, sockets: ReadonlySet<Duplex>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = performance.now() + farewellMs;
  do await delay(10);
  while (performance.now() < deadline && [...sockets].some((socket) => socket.writableLength > 0));
  for (const socket of sockets) socket.destroy();
  await closed;
}
