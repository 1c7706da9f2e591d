import { type Agent, type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
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
 * Headers as a flat list leave as they are written there, repeated lines apart; Node adds
 * Connection, and nothing else.
 */
export function createForwarder({ scheme, host, port }: ForwardTarget): Forwarder {
  const begin = scheme === 'https' ? httpsRequest : httpRequest;
  return ({ method, path, headers, agent, maxHeaderBytes }) =>
    begin({
      ...{ host, port, method, path, agent },
      headers: headers.flat(),
      setHost: false,
      maxHeaderSize: maxHeaderBytes,
    });
}
