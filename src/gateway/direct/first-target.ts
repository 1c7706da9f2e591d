import type { Duplex } from 'node:stream';
import { readChunks } from '../../net/read-chunks.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';

/** Of a request line (RFC 9112, section 3). */
const methodAndSpace = /^[!-~]{1,24} /;
const longestMethod = 24;

/**
 * Whether the first request of a connection is for something below `root`. What was read of it is
 * put back. False as well for a client that said too little before `signal`, or left.
 */
export async function beginsBelow(
  stream: Duplex,
  root: string,
  signal: AbortSignal,
): Promise<boolean> {
  let read = Buffer.alloc(0);
  let below: boolean | null = null;
  try {
    for await (const chunk of readChunks(stream, signal)) {
      read = Buffer.concat([read, chunk]);
      below = isBelow(read.toString('latin1', 0, longestMethod + 1 + root.length), root);
      if (below !== null) break;
    }
  } catch (error) {
    if (!signal.aborted && !(error instanceof StreamClosedError)) throw error;
  }
  if (stream.readableEnded) stream.destroy();
  if (!stream.destroyed && read.length > 0) stream.unshift(read);
  return below === true;
}

/** Null while it cannot be told yet. */
function isBelow(text: string, root: string): boolean | null {
  const [line] = methodAndSpace.exec(text) ?? [];
  if (line === undefined)
    return text.length <= longestMethod && /^[!-~]*$/.test(text) ? null : false;
  const target = text.slice(line.length);
  if (target.length >= root.length) return target.startsWith(root);
  return root.startsWith(target) ? null : false;
}
