import { connect, type Socket } from 'node:net';

/** A TCP connection that is on its way while what speaks over it is loaded. */
export interface FirstConnection {
  /** Node dials on its next tick: until this resolves, whatever is done is done before that. */
  readonly begun: Promise<void>;
  /** Rejects with what it failed with; whoever gets the socket owns it. */
  established(): Promise<Socket>;
  /** Ends it unless somebody owns it. */
  discard(): void;
}

/** Connects to the host and port of an `https:` URL, as its first request would. */
export function connectFirst(url: URL, timeoutMs: number): FirstConnection {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? 443 : Number(url.port);
  const socket = connect({ host, port, noDelay: true });
  const begun = new Promise<void>((resolve) => process.nextTick(resolve));
  let owned = false;
  const late = () => socket.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' }));
  const timer = setTimeout(late, timeoutMs);
  const established = new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  }).finally(() => clearTimeout(timer));
  // Nobody may be waiting for it yet, or ever.
  established.catch(() => {});
  return {
    begun,
    async established() {
      await established;
      owned = true;
      return socket;
    },
    discard() {
      if (!owned) socket.destroy();
    },
  };
}
