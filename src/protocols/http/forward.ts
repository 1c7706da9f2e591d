import { type Agent, ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Stream } from 'node:stream';
import httpProxy from 'http-proxy';
import type { HeaderList } from './wire/header-list.ts';

/** A request as it leaves: exactly this, and nothing that was not written here. */
export interface OutgoingRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: HeaderList;
  readonly agent: Agent;
  readonly maxHeaderBytes: number;
}

export interface ForwardTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
}

/** Begins a request to the target; body, answer and errors are the caller's. */
export type Forwarder = (outgoing: OutgoingRequest) => ClientRequest;

/**
 * http-proxy makes the request, and no more. What it would do to it is kept from it: it parses
 * and joins paths anew, sets Content-Length: 0 on a DELETE whose body is chunked, and destroys
 * upgrades that are no WebSocket. So it sees an empty GET, and what it made is then filled in.
 */
export function createForwarder({ scheme, host, port }: ForwardTarget): Forwarder {
  const proxy = httpProxy.createProxyServer({
    target: { protocol: `${scheme}:`, host, port },
    selfHandleResponse: true,
    prependPath: false,
    toProxy: true,
  });
  const nobody = new Socket();
  const unused = new ServerResponse(new IncomingMessage(nobody));
  return (outgoing) => {
    const empty = new IncomingMessage(nobody);
    empty.method = 'GET';
    empty.url = '/';
    const capture = new Capture();
    const { method, agent } = outgoing;
    // Errors come with the request itself.
    proxy.web(empty, unused, { method, agent, buffer: capture }, () => {});
    return filled(capture.made(), outgoing);
  };
}

function filled(request: ClientRequest, outgoing: OutgoingRequest): ClientRequest {
  request.path = outgoing.path;
  for (const name of request.getHeaderNames()) request.removeHeader(name);
  setHeaders(request, outgoing.headers);
  // Read by Node when the answer's parser is set up; http-proxy has no option for it.
  return Object.assign(request, { maxHeaderSize: outgoing.maxHeaderBytes });
}

/** Repeated lines stay apart. */
export function setHeaders(request: ClientRequest, headers: HeaderList): void {
  const lines = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of headers) {
    const known = lines.get(name.toLowerCase());
    if (known === undefined) lines.set(name.toLowerCase(), { name, values: [value] });
    else known.values.push(value);
  }
  for (const { name, values } of lines.values()) {
    const [first = ''] = values;
    request.setHeader(name, values.length === 1 ? first : values);
  }
}

/** Where http-proxy would take the body from; told at once of the request that it made. */
class Capture extends Stream {
  #made: ClientRequest | null = null;

  override pipe<Destination extends NodeJS.WritableStream>(destination: Destination): Destination {
    if (destination instanceof ClientRequest) this.#made = destination;
    return destination;
  }

  made(): ClientRequest {
    if (this.#made === null) throw new Error('http-proxy made no request');
    return this.#made;
  }
}
