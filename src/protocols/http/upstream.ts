import type { ClientRequest } from 'node:http';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { createForwarder } from './forward.ts';
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
  /** Begins a request; its headers leave with the first of its body, or to be told to go on. */
  request(sending: Sending): ClientRequest;
  close(): void;
}

const idleMs = 15_000;
const maxIdle = 8;

export function createUpstream(target: HttpTarget, maxHeaderBytes: number): Upstream {
  const pool = agentFor(target, true);
  const single = agentFor(target, false);
  const forward = createForwarder(target);
  const host = ['Host', authorityOf(target)] as const;
  return {
    request: ({ method, path, headers, fresh }) =>
      forward({
        ...{ method, path, maxHeaderBytes },
        headers: [host, ...headers, ...credentialLines(target.credential)],
        agent: fresh ? single : pool,
      }),
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
