import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { absorbErrors } from '../../net/absorb-errors.ts';
import { awaitEvent } from '../../net/await-event.ts';
import type { ClientConnection, ConnectionOptions } from './client-connection.ts';
import type { ClientExchange, ResponseHead } from './client-exchange.ts';
import { closeInStages } from './linger.ts';
import { rawAnswer } from './raw-answer.ts';
import { asPairs, type HeaderList, headerList, onlyValueOf } from './wire/header-list.ts';
import { RequestError } from './wire/request-error.ts';

/** HTTP/1.1 and 1.0 (RFC 9112), parsed by Node: one request after the other. */
export function serveHttp1(stream: Duplex, options: ConnectionOptions): ClientConnection {
  const { handle, limits } = options;
  let turn = Promise.resolve();
  let waiting = 0;
  let closing = false;
  let newest: ServerResponse | null = null;
  let current: IncomingMessage | null = null;
  /** One for all: requests of a connection lose their client together. */
  const left = new AbortController();
  const gone = left.signal;
  const leave = () => left.abort(clientLeft());
  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    insecureHTTPParser: false,
    // Nothing may cut a request that waits for approval; the session has its own limits.
    ...{ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 },
  });

  /** Answers leave in the order of the requests, and a request may rely on the one before it. */
  function take(
    request: IncomingMessage,
    response: ServerResponse,
    { begin, ...kind }: Kind,
  ): void {
    newest = response;
    current = request;
    const late = stream.destroyed;
    request.on('error', leave);
    if (closing) response.shouldKeepAlive = false;
    waiting += 1;
    if (waiting > limits.maxPipelined) {
      stream.destroy();
      return;
    }
    const exchange = exchangeOf(request, response, { ...kind, gone });
    turn = turn
      .then(async () => {
        if (begin !== undefined) await begin();
        if (!late && !gone.aborted) await handle(exchange);
      })
      .catch((error: unknown) => options.failed(error))
      .finally(() => {
        waiting -= 1;
        if (closing && waiting === 0) stream.end();
      });
  }

  function takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    absorbErrors(socket);
    const before = newest;
    // From here on Node no longer looks after answers that are still being written.
    if (before !== null && !before.writableEnded) {
      stream.destroy();
      return;
    }
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.once('finish', () => {
      response.detachSocket(request.socket);
      socket.end();
    });
    const forget = watchForEnd(socket, leave);
    const takeOver = () => {
      forget();
      response.detachSocket(request.socket);
      return { stream: socket, head };
    };
    const begin = async () => {
      if (before !== null && !before.closed)
        await awaitEvent(before, ['close'], gone).catch(() => {});
      if (!gone.aborted) response.assignSocket(request.socket);
    };
    take(request, response, { expectsContinue: false, takeOver, begin });
  }

  server.on('request', (request, response) =>
    take(request, response, { expectsContinue: false, takeOver: null }),
  );
  server.on('checkContinue', (request, response) =>
    take(request, response, { expectsContinue: true, takeOver: null }),
  );
  server.on('upgrade', takeUpgrade);
  server.on('connect', takeUpgrade);
  server.on('clientError', (error, socket) => {
    // An answer in the middle of another one would be taken for part of it.
    if (socket.writable && waiting === 0) socket.end(rawAnswer(options.notTaken(asError(error))));
    else socket.destroy();
  });
  stream.once('close', leave);
  closeInStages(stream, () => current);
  server.emit('connection', stream);
  return {
    drain() {
      closing = true;
      if (waiting === 0) stream.end();
    },
    done: () => turn,
  };
}

interface Kind extends Pick<ClientExchange, 'expectsContinue' | 'takeOver'> {
  /** Once its turn has come. */
  readonly begin?: () => Promise<void>;
}

function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  kind: Pick<ClientExchange, 'expectsContinue' | 'takeOver' | 'gone'>,
): ClientExchange {
  return {
    method: request.method ?? '',
    rawTarget: request.url ?? '',
    headers: headerList(request.rawHeaders),
    body: kind.takeOver === null ? request : Readable.from([]),
    openEnded: false,
    tellsEnd: request.httpVersion === '1.1',
    ...kind,
    trailers: () => headerList(request.rawTrailers),
    inform(status, headers) {
      // RFC 9110, 15.2: an older client would take it for the answer.
      if (request.httpVersion === '1.1') inform(response, status, headers);
    },
    respond(head) {
      response.writeHead(head.status, head.message, flat(head));
      return response;
    },
    flushHead: () => response.flushHeaders(),
    addTrailers: (trailers) => response.addTrailers(asPairs(trailers)),
    abort: () => request.socket.destroy(),
    closeAfter() {
      response.shouldKeepAlive = false;
    },
  };
}

function inform(response: ServerResponse, status: number, headers: HeaderList): void {
  if (status === 100) response.writeContinue();
  if (status === 102) response.writeProcessing();
  if (status !== 103) return;
  const link = onlyValueOf(headers, 'link');
  try {
    if (link !== null) response.writeEarlyHints({ link });
  } catch {
    // Hints are a courtesy; Node knows fewer forms of them than there are.
  }
}

function flat({ headers }: ResponseHead): string[] {
  return headers.flat();
}

/** Reads so far that an end is noticed, and leaves what comes before it in the stream. */
function watchForEnd(stream: Duplex, ended: () => void): () => void {
  const look = () => {
    if (stream.readableLength === 0) stream.read();
  };
  stream.once('end', ended).on('readable', look);
  return () => stream.off('readable', look).off('end', ended);
}

/** What Node's parser says; its own words do not tell a person much. */
function asError(error: Error): RequestError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new RequestError('HEADERS_TOO_LARGE', 'the request line and headers are too large');
  }
  return new RequestError('MALFORMED', `this is no HTTP request: ${error.message} (${code})`);
}

function clientLeft(): Error {
  return new Error('the client left');
}
