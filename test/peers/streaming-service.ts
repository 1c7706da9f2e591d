import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export const largeBytes = 1024 ** 3;

/** A Node server with much to say, much to hear, and many to answer at once. */
export interface StreamingService extends AsyncDisposable {
  readonly port: number;
  /** Answers to `/wait` leave once so many wait for them. */
  waitFor(count: number): void;
  /** Of the last upload. */
  received(): number;
}

export async function startStreamingService(): Promise<StreamingService> {
  const waiting: ServerResponse[] = [];
  let wanted = 1;
  let received = 0;

  const routes: Readonly<Record<string, (asked: Asked) => Promise<void>>> = {
    '/download': ({ response }) => download(response),
    '/rows': ({ response, url }) => rows(response, limitOf(url)),
    '/events': ({ response, url }) => events(response, limitOf(url)),
    '/api/v1/pods': ({ response, url }) => events(response, limitOf(url)),
    async '/upload'({ request, response }) {
      received = 0;
      for await (const chunk of request) received += chunk.length;
      response.end('done');
    },
    async '/wait'({ response }) {
      waiting.push(response);
      if (waiting.length < wanted) return;
      for (const each of waiting.splice(0)) each.end('together');
    },
  };
  // A connection that ends as the next request arrives would leave `/wait` one short.
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const route = routes[url.pathname];
    if (route === undefined) response.writeHead(404).end();
    else route({ request, response, url }).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not on a port');
  return {
    port: address.port,
    waitFor(count) {
      wanted = count;
    },
    received: () => received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

async function download(response: ServerResponse): Promise<void> {
  response.setHeader('Content-Length', largeBytes);
  const block = Buffer.alloc(256 * 1024, 'x');
  for (let sent = 0; sent < largeBytes; sent += block.length) {
    if (!response.write(block)) await once(response, 'drain');
  }
  response.end();
}

/** One JSON text. */
async function rows(response: ServerResponse, count: number): Promise<void> {
  response.setHeader('Content-Type', 'application/json');
  response.write('{"rows":[');
  const some = Buffer.from(rowText.repeat(rowsOfPiece));
  for (let sent = 0; sent < count; sent += rowsOfPiece) {
    if (!response.write(some)) await once(response, 'drain');
  }
  response.end('null]}');
}

const rowsOfPiece = 100;
/** What a row says. */
export const rowText = `${JSON.stringify({ name: 'Miller', mail: 'ann@example.com', note: 'x'.repeat(940) })},`;

function limitOf(url: URL): number {
  return Number(url.searchParams.get('limit'));
}

/** As a Kubernetes watch says what happens: one JSON object a line, each in a write of its own. */
async function events(response: ServerResponse, count: number): Promise<void> {
  response.setHeader('Content-Type', 'application/json');
  for (let number = 0; number < count; number += 1) {
    if (!response.write(eventLine(number))) await once(response, 'drain');
  }
  response.end();
}

function eventLine(number: number): string {
  const metadata = {
    ...{ name: `pod-${number % 500}`, namespace: 'default', resourceVersion: `${number}` },
    annotations: { note: 'x'.repeat(500) },
  };
  const object = { kind: 'Pod', apiVersion: 'v1', metadata, status: { phase: 'Running' } };
  return `${JSON.stringify({ type: 'MODIFIED', object })}\n`;
}
