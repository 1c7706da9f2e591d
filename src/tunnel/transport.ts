import type { Duplex } from 'node:stream';

/** How one client connection gets to the gateway. The streams are raw, both ways, half-open. */
export interface TunnelTransport {
  /** @throws UserError or RefusedError when the gateway cannot be had, or does not let it in */
  open(signal: AbortSignal): Promise<Duplex>;
}
