import type { Agent, ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

/** `socket`: the connection to use, which is made already. */
export type RequestSettings = RequestOptions & Pick<ConnectionOptions, 'socket'>;

/** What requests leave through: Node's `https`, or its `http`. */
export interface Outlet {
  request(target: URL, settings: RequestSettings): ClientRequest;
  /**
   * Only what may be sent twice shares connections: one that the gateway has just closed
   * leaves it unknown whether the request arrived.
   */
  readonly shared: Agent;
  readonly single: Agent;
}

export async function plainOutlet(): Promise<Outlet> {
  const { Agent, request } = await import('node:http');
  return {
    request: (target, settings) => request(target, settings),
    shared: new Agent({ keepAlive: true }),
    single: new Agent({ keepAlive: false }),
  };
}

/**
 * Trusts the authorities in `ca`, PEM, alone; else the system's. Both are read once, for all
 * connections: Node's own take it some 20 ms.
 */
export async function secureOutlet(ca: string | undefined): Promise<Outlet> {
  const { createSecureContext } = await import('node:tls');
  const secureContext = createSecureContext(ca === undefined ? {} : { ca });
  const { Agent, request } = await import('node:https');
  return {
    request: (target, settings) => request(target, settings),
    shared: new Agent({ keepAlive: true, secureContext }),
    single: new Agent({ keepAlive: false, secureContext }),
  };
}
