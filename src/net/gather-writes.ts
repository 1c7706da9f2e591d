import type { Writable } from 'node:stream';

/** What a stream has to be able to hold for its writes to be gathered: some of what comes at once. */
export const gatheredBytes = 256 * 1024;

/**
 * Has what is written to the stream from now on leave together, when the event loop has gone
 * through all that came with it: one system call where each TLS record would be one. For data in
 * bulk, and streams that can hold it: any other would be full after the first record.
 */
export function gatherWrites(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
