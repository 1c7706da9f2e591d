import type { Duplex } from 'node:stream';
import { readChunks } from '../../net/read-chunks.ts';
import { StreamClosedError } from '../../net/stream-closed-error.ts';

/** RFC 9113, section 3.4: no HTTP/1 request begins like that. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Whether the client begins with HTTP/2; null when it left first. What was read is put back. */
export async function speaksHttp2(stream: Duplex): Promise<boolean | null> {
  let read = Buffer.alloc(0);
  try {
    for await (const chunk of readChunks(stream)) {
      read = Buffer.concat([read, chunk]);
      const compared = Math.min(read.length, preface.length);
      const same = read.subarray(0, compared).equals(preface.subarray(0, compared));
      if (same && compared < preface.length) continue;
      stream.unshift(read);
      return same;
    }
  } catch (error) {
    if (!(error instanceof StreamClosedError)) throw error;
  }
  stream.destroy();
  return null;
}
