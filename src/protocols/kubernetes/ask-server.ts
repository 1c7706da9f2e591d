import type { IncomingMessage } from 'node:http';
import type { JsonValue } from '../../core/json.ts';
import { createUpstream } from '../http/upstream.ts';
import type { HeaderList } from '../http/wire/header-list.ts';
import { parseJsonText } from '../http/wire/json-text.ts';
import type { KubernetesTarget } from './target.ts';

const maxAnswerBytes = 1024 * 1024;
const maxHeaderBytes = 64 * 1024;

export interface Question {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: HeaderList;
  readonly body: Buffer | null;
}

export interface ServerAnswer {
  readonly status: number;
  /** Undefined for what is no JSON, or more than is looked at. */
  readonly value: JsonValue | undefined;
}

/** Asks the API server on the gateway's own account. Rejects when it cannot be asked. */
export async function askServer(
  target: KubernetesTarget,
  { method, path, headers, body }: Question,
  signal: AbortSignal,
): Promise<ServerAnswer> {
  const upstream = createUpstream(target, maxHeaderBytes);
  const length = body === null ? [] : [['Content-Length', String(body.length)] as const];
  const sent: HeaderList = [['Accept', 'application/json'], ...length, ...headers];
  const request = upstream.request({ method, path, headers: sent, fresh: true });
  const stop = () => request.destroy(new Error('it took too long'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
      request.once('close', () => reject(new Error('the connection closed')));
    });
    if (signal.aborted) stop();
    request.end(body ?? undefined);
    const incoming = await answered;
    return { status: incoming.statusCode ?? 0, value: await read(incoming) };
  } finally {
    signal.removeEventListener('abort', stop);
    request.destroy();
    upstream.close();
  }
}

async function read(incoming: IncomingMessage): Promise<JsonValue | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxAnswerBytes) return undefined;
    chunks.push(bytes);
  }
  return parseJsonText(Buffer.concat(chunks))?.value;
}
