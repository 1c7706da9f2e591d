import { type IncomingMessage, type OutgoingHttpHeaders, Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Secret } from '../core/secret.ts';
import { post } from '../net/post.ts';

export interface CollectorOptions {
  /** With its path; HTTPS, or HTTP on this machine. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly ca: string | null;
}

/** What came of one message. `why` is for the log and holds nothing that the other side said. */
export type Delivery =
  /** `rejected`: spans that it did not keep. */
  | { readonly kind: 'taken'; readonly rejected: number }
  /** It may take the same message later. */
  | { readonly kind: 'away'; readonly why: string; readonly afterMs: number }
  /** It never will. */
  | { readonly kind: 'refused'; readonly why: string };

export interface Collector {
  deliver(spans: readonly ReadableSpan[], signal: AbortSignal): Promise<Delivery>;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Uint8Array;
}

const patienceMs = 10_000;
/** Of an answer, whose whole use is to say how many spans were not kept. */
const answerLimit = 16 * 1024;
/** OTLP 1.9, "OTLP/HTTP response": what may be sent again. */
const transient: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const longestAfterMs = 60_000;

/**
 * OTLP/HTTP with binary protobuf. No redirect is followed, and no proxy is used: an agent of its
 * own knows nothing of the environment.
 */
export function createCollector(options: CollectorOptions): Collector {
  const { endpoint, ca } = options;
  const one = { keepAlive: true, maxSockets: 1 };
  const tls = endpoint.startsWith('https:');
  const agent = tls
    ? new TlsAgent({ ...one, ...(ca === null ? {} : { ca }) })
    : new PlainAgent(one);
  return {
    async deliver(spans, signal) {
      const body = ProtobufTraceSerializer.serializeRequest([...spans]);
      if (body === undefined) return { kind: 'refused', why: 'they cannot be written' };
      const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
      const headers = headersFor(options, body);
      try {
        const posting = { headers, body, agent, ca: null, signal: within };
        return judged(await readAnswer(await post(endpoint, posting)), spans.length);
      } catch (error) {
        return { kind: 'away', why: reasonOf(error), afterMs: 0 };
      }
    },
    close: () => agent.destroy(),
  };
}

function judged({ status, retryAfter, body }: Answer, sent: number): Delivery {
  if (status === 200) return { kind: 'taken', rejected: rejectedOf(body, sent) };
  const why = `it answered with status ${status}`;
  if (!transient.has(status)) return { kind: 'refused', why };
  const seconds = Number(retryAfter ?? 0);
  const afterMs = Number.isFinite(seconds) ? Math.max(0, seconds) * 1_000 : 0;
  return { kind: 'away', why, afterMs: Math.min(afterMs, longestAfterMs) };
}

function rejectedOf(body: Uint8Array, sent: number): number {
  try {
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(body);
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    return Number.isFinite(rejected) ? Math.min(Math.max(0, rejected), sent) : 0;
  } catch {
    // It answered 200, in words that are not OTLP's.
    return 0;
  }
}

function headersFor({ headers }: CollectorOptions, body: Uint8Array): OutgoingHttpHeaders {
  const given = Object.entries(headers).map(([name, value]) => [name, value.reveal()] as const);
  return {
    ...Object.fromEntries(given),
    ...{ 'content-type': 'application/x-protobuf', 'content-length': body.byteLength },
  };
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, headers } = response;
  return { status, retryAfter: headers['retry-after'], body: await readSome(response) };
}

/** What is longer is left unread, and the connection with it. */
async function readSome(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue;
    length += chunk.byteLength;
    if (length > answerLimit) return new Uint8Array();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be reached';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'it does not answer';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return `it cannot be reached: ${code}`;
}
