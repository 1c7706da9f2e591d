import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** For a client to read its answer while it still sends: then it has seen the end, and stops. */
const lingerMs = 2_000;

/**
 * Has Node's HTTP server close in stages where a request has not come whole (RFC 9112, 9.6).
 * Destroyed at once, the connection would answer what is still sent with a reset, and the
 * client lose the answer to that. What comes meanwhile is dropped.
 */
export function closeInStages(stream: Duplex, newest: () => IncomingMessage | null): void {
  const destroy = () => stream.destroy();
  const destroySoon = () => {
    stream.end();
    const request = newest();
    if (request?.complete === false) {
      request.resume();
      const timer = setTimeout(destroy, lingerMs);
      stream.once('end', destroy).once('close', () => clearTimeout(timer));
    } else if (stream.writableFinished) destroy();
    else stream.once('finish', destroy);
  };
  // What Node calls on the socket of an answer that is the last one.
  Object.assign(stream, { destroySoon });
}
