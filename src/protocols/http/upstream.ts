import type { ClientRequest } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { createForwarder, type OutgoingRequest, setHeaders } from './forward.ts';
import { authorityOf, type HttpCredential, type HttpTarget } from './target.ts';
import type { HeaderList } from './wire/header-list.ts';

/** What a request is about to be sent with. */
export interface Sending {
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderList;
  /**
   * A connection that was idle may be closed by the target as the request arrives, and then
   * nobody knows whether it ran: what was approved goes over one of its own.
   */
  readonly fresh: boolean;
}

/** The ways to one target for one session: its connections are shared with nobody. */
export interface Upstream {
  /** Begins a request; its headers leave with the first of its body. */
  request(sending: Sending): ClientRequest;
  /** Begins a request that asks for an upgrade, over a connection of its own. */
  upgrade(sending: Sending): ClientRequest;
  close(): void;
}

const idleMs = 15_000;
const maxIdle = 8;

export function createUpstream(target: HttpTarget, maxHeaderBytes: number): Upstream {
  const pool = agentFor(target, true);
  const single = agentFor(target, false);
  const forward = createForwarder(target);
  const { scheme, host, port } = target;
  const begin = scheme === 'https' ? httpsRequest : httpRequest;
  return {
    request: ({ fresh, ...sending }) =>
      forward({ ...outgoing(target, sending), agent: fresh ? single : pool, maxHeaderBytes }),
    upgrade(sending) {
      const { method, path, headers } = outgoing(target, sending);
      const request = begin({
        ...{ host, port, method, path, agent: single, setHost: false },
        maxHeaderSize: maxHeaderBytes,
      });
      setHeaders(request, headers);
      return request;
    },
    close() {
      pool.destroy();
      single.destroy();
    },
  };
}

/** Names in lower case that a client may not send, because the gateway does. */
export function credentialHeaders({ credential }: HttpTarget): ReadonlySet<string> {
  switch (credential.kind) {
    case 'header':
      return new Set([credential.name.toLowerCase()]);
    case 'cookie':
      return new Set(['cookie']);
    default:
      return new Set();
  }
}

function outgoing(
  target: HttpTarget,
  { method, path, headers }: Pick<Sending, 'method' | 'path' | 'headers'>,
): Pick<OutgoingRequest, 'method' | 'path' | 'headers'> {
  return {
    method,
    path,
    headers: [['Host', authorityOf(target)], ...headers, ...credentialLines(target.credential)],
  };
}

function credentialLines(credential: HttpCredential): HeaderList {
  switch (credential.kind) {
    case 'none':
      return [];
    case 'header':
      return [[credential.name, credential.value.reveal()]];
    case 'bearer':
      return [['Authorization', `Bearer ${credential.token.reveal()}`]];
    case 'basic': {
      const pair = Buffer.from(`${credential.user}:${credential.password.reveal()}`);
      return [['Authorization', `Basic ${pair.toString('base64')}`]];
    }
    case 'cookie':
      return [['Cookie', `${credential.name}=${credential.value.reveal()}`]];
    default:
      return credential satisfies never;
  }
}

function agentFor({ scheme, host, tls }: HttpTarget, keepAlive: boolean): HttpAgent {
  const options = {
    keepAlive,
    noDelay: true,
    scheduling: 'lifo' as const,
    maxFreeSockets: maxIdle,
    ...(keepAlive ? { timeout: idleMs } : {}),
  };
  if (scheme === 'http') return new HttpAgent(options);
  const name = tls.serverName ?? host;
  return new HttpsAgent({
    ...options,
    // Else Node would take the name from the Host header.
    ...(isIP(name) === 0 ? { servername: name } : { servername: '' }),
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key.reveal() }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
}
