import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening, type Peer } from './gated.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly trailers: IncomingMessage['trailers'];
}

/** A Node server that remembers what it was asked, and answers 200 unless told otherwise. */
export interface EchoUpstream extends Peer, AsyncDisposable {
  readonly seen: readonly Seen[];
  readonly server: ReturnType<typeof createServer>;
}

export async function startEcho(
  handle?: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<EchoUpstream> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders, trailers } = request;
      const body = Buffer.concat(chunks).toString('latin1');
      seen.push({ method, url, headers, rawHeaders, body, trailers });
      if (handle === undefined) response.end(`${method} ${url}`);
      else handle(request, response, body);
    });
  });
  const port = await listening(server);
  return {
    host: '127.0.0.1',
    port,
    seen,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
