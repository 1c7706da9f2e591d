import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { exitCodes } from '../core/exit-codes.ts';
import { isLoopback } from '../core/loopback.ts';
import { UserError } from '../core/user-error.ts';

export interface MetricsServer {
  /** Where it listens. */
  readonly port: number;
  close(): Promise<void>;
}

export interface MetricsServerOptions {
  readonly host: string;
  readonly port: number;
  /** Whether it may be asked under any name; else only under those of this machine's loopback. */
  readonly exposed: boolean;
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** What stands in the way of serving; empty when nothing does. */
  readonly obstacles: () => Promise<readonly string[]>;
  readonly onDefect: (error: unknown, where: string) => void;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
  readonly allow?: string;
}

const patienceMs = 5_000;
const plain = 'text/plain; charset=utf-8';

/** Three paths to read, and nothing else. @throws UserError METRICS_LISTEN */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer({
    ...{ headersTimeout: patienceMs, requestTimeout: patienceMs, keepAliveTimeout: patienceMs },
    ...{ connectionsCheckingInterval: patienceMs, maxHeaderSize: 8 * 1024 },
  });
  server.maxConnections = 64;
  server.on('request', (request, response) => {
    answerTo(request, options)
      .catch((error: unknown): Answer => {
        options.onDefect(error, 'metrics');
        return { status: 500, text: 'it failed; the log of the gateway says how\n' };
      })
      .then((answer) => send(request, response, answer))
      .catch(() => response.destroy());
  });
  await listen(server, options);
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerTo(
  { method, url = '', headers }: IncomingMessage,
  { exposed, metrics, obstacles }: MetricsServerOptions,
): Promise<Answer> {
  if (!exposed && !isOwnName(headers.host)) {
    return { status: 421, text: 'not under this name; metrics.exposed: true allows any\n' };
  }
  const path = url.split('?', 1)[0];
  if (path !== '/metrics' && path !== '/healthz' && path !== '/readyz') {
    return { status: 404, text: 'not here; /metrics, /healthz and /readyz are\n' };
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, text: 'this is only read\n', allow: 'GET, HEAD' };
  }
  if (path === '/healthz') return { status: 200, text: 'ok\n' };
  if (path === '/metrics') return { status: 200, ...(await metrics()) };
  const reasons = await obstacles();
  if (reasons.length === 0) return { status: 200, text: 'ready\n' };
  return { status: 503, text: reasons.map((reason) => `${reason}\n`).join('') };
}

/** A page of another site can have its own name lead here, and read what its browser gets. */
function isOwnName(host = ''): boolean {
  return isLoopback(host.replace(/:\d+$/, ''));
}

function send(
  { method, complete }: IncomingMessage,
  response: ServerResponse,
  { status, text, type = plain, allow }: Answer,
): void {
  response.writeHead(status, {
    ...{ 'content-type': type, 'content-length': Buffer.byteLength(text) },
    ...{ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    ...(allow === undefined ? {} : { allow }),
    // What was not read of the request must not be taken for the next one.
    ...(complete ? {} : { connection: 'close' }),
  });
  response.end(method === 'HEAD' ? undefined : text);
}

function listen(server: Server, { host, port }: MetricsServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `cannot listen on ${host}:${port} for metrics: ${cause.message}`;
      const hint = 'Change metrics.listen in the configuration.';
      const exitCode = exitCodes.badConfiguration;
      reject(new UserError(message, { code: 'METRICS_LISTEN', exitCode, hint, cause }));
    });
    server.listen({ host, port }, resolve);
  });
}
