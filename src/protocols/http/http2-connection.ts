import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Stream,
} from 'node:http2';
import { type Duplex, Writable } from 'node:stream';
import { absorbErrors } from '../../net/absorb-errors.ts';
import type { ClientConnection, ConnectionOptions } from './client-connection.ts';
import type { ClientExchange } from './client-exchange.ts';
import { type HeaderList, headerList, onlyValueOf, valuesOf } from './wire/header-list.ts';

/** As Node emits it; its types leave the flat list of headers out. */
type StreamEvent = [
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  raw: unknown,
];

/** HTTP/2 with prior knowledge (RFC 9113, section 3.3). */
export function serveHttp2(stream: Duplex, options: ConnectionOptions): ClientConnection {
  const { limits, handle } = options;
  const work = new Set<Promise<void>>();
  const session = performServerHandshake(stream, {
    settings: {
      maxConcurrentStreams: limits.maxStreams,
      maxHeaderListSize: limits.maxHeaderBytes,
      enablePush: false,
    },
  });
  session.on('error', () => stream.destroy());
  // Half of a connection is of no use to HTTP/2, and Node would keep what its client left.
  stream.once('end', () => session.destroy());
  session.on('stream', (...[each, , flags, raw]: StreamEvent) => {
    absorbErrors(each);
    const exchange = exchangeOf(each, headerList(stringsOf(raw)), flags);
    const done = handle(exchange)
      .catch((error: unknown) => options.failed(error))
      .finally(() => work.delete(done));
    work.add(done);
  });
  return {
    drain: () => session.close(),
    done: () => Promise.all(work),
  };
}

function exchangeOf(stream: ServerHttp2Stream, raw: HeaderList, flags: number): ClientExchange {
  const gone = new AbortController();
  const headers = withoutPseudoHeaders(raw);
  const method = onlyValueOf(raw, ':method') ?? '';
  let trailers: HeaderList = [];
  let ownTrailers: HeaderList = [];
  let cutOff = false;
  stream.on('trailers', (_headers: IncomingHttpHeaders, _flags: number, list: unknown) => {
    trailers = headerList(stringsOf(list));
  });
  // Also without any: closing the stream here would lose its end.
  stream.on('wantTrailers', () => {
    if (!isOver(stream)) stream.sendTrailers(grouped(ownTrailers));
  });
  stream.once('close', () => gone.abort(new Error('the client left')));
  return {
    method,
    rawTarget: onlyValueOf(raw, ':path') ?? '',
    headers,
    body: stream,
    openEnded: (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0,
    expectsContinue: onlyValueOf(headers, 'expect')?.toLowerCase() === '100-continue',
    tellsEnd: true,
    takeOver: null,
    gone: gone.signal,
    trailers: () => trailers,
    inform(status, hints) {
      if (stream.headersSent || isOver(stream)) return;
      stream.additionalHeaders({ ':status': status, ...grouped(hints) });
    },
    respond(head) {
      const bodiless = method === 'HEAD' || [204, 205, 304].includes(head.status);
      const lines = { ':status': head.status, ...grouped(head.headers) };
      stream.respond(lines, bodiless ? { endStream: true } : { waitForTrailers: true });
      // RFC 9113, 8.1: the answer is whole, and what is left of the request is not wanted.
      if (cutOff) stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
      return bodiless ? discard() : stream;
    },
    flushHead() {},
    addTrailers(list) {
      ownTrailers = list;
    },
    abort: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    closeAfter() {
      cutOff = true;
    },
  };
}

/** `:authority` is Host (RFC 9113, 8.3.1), and a split Cookie is one line again (8.2.3). */
function withoutPseudoHeaders(raw: HeaderList): HeaderList {
  const authority = onlyValueOf(raw, ':authority');
  const crumbs = raw.filter(([name]) => name === 'cookie').map(([, value]) => value);
  const rest = raw.filter(
    ([name, value]) =>
      !name.startsWith(':') && name !== 'cookie' && !(name === 'host' && value === authority),
  );
  return [
    ...(authority === null ? [] : [['host', authority] as const]),
    ...rest,
    ...(crumbs.length === 0 ? [] : [['cookie', crumbs.join('; ')] as const]),
  ];
}

/** Whose members have commas of their own. */
const separate: ReadonlySet<string> = new Set(['set-cookie', 'www-authenticate']);

/**
 * Repeated lines as one (RFC 9110, 5.2): Node throws for two of what may come once, and services
 * do say some of that twice.
 */
function grouped(headers: HeaderList): OutgoingHttpHeaders {
  const lines = new Map<string, string | string[]>();
  for (const [name] of headers) {
    const key = name.toLowerCase();
    const values = valuesOf(headers, key);
    lines.set(key, separate.has(key) ? [...values] : values.join(', '));
  }
  return Object.fromEntries(lines);
}

function isOver({ destroyed, closed }: ServerHttp2Stream): boolean {
  return destroyed || closed;
}

function stringsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
