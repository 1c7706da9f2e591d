import type { Duplex } from 'node:stream';

/**
 * Streams report errors twice: to whoever waits on them, and as an event that ends the
 * process if nobody listens at that moment. Whoever owns a stream calls this once.
 */
export function absorbErrors<Stream extends Duplex>(stream: Stream): Stream {
  stream.on('error', ignore);
  return stream;
}

function ignore(): void {}
