import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what systems give to outgoing connections and to port 0 (Linux from 32768, others from
 * 49152, RFC 6335 section 6): there another program may have it a moment later.
 */
const lowest = 20_000;
const above = 32_000;
const tries = 100;

/** A port that was free a moment ago, for programs that cannot choose their own. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const port = randomInt(lowest, above);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port among ${tries} from ${lowest} to ${above}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
