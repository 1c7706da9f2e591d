import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '../peers/certificates.ts';
import { decodeSpans, encodeRejection, type SentSpan } from './otlp.ts';

export type Answer =
  | 'take'
  | 'hang up'
  | 'answer nothing'
  /** 200, and a body without an end. */
  | 'flood'
  /** 200, and a byte now and then. */
  | 'trickle'
  | { readonly reject: number }
  | { readonly status: number; readonly headers?: Record<string, string> };

/** An OTLP receiver over HTTPS. */
export interface Receiver extends AsyncDisposable {
  readonly endpoint: string;
  readonly ca: string;
  /** All that came, whatever was answered. */
  readonly bodies: readonly Buffer[];
  readonly headers: readonly IncomingHttpHeaders[];
  readonly paths: readonly string[];
  /** Bytes that were written in answers. */
  written(): number;
  /** Of what was taken. */
  spans(): readonly SentSpan[];
  answerFromNow(answer: Answer): void;
}

/** Answers as told, one after the other, and then takes everything. */
export async function spanReceiver(answers: readonly Answer[] = []): Promise<Receiver> {
  const { ca, cert, key } = await makeCertificates();
  const bodies: Buffer[] = [];
  const taken: Buffer[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const paths: string[] = [];
  const left = [...answers];
  let last: Answer = 'take';
  let written = 0;
  const server = createServer({ cert, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    bodies.push(body);
    headers.push(request.headers);
    paths.push(`${request.method} ${request.url}`);
    const answer = left.shift() ?? last;
    if (answer === 'take') taken.push(body);
    await reply(response, answer, (bytes) => {
      written += bytes;
    });
  });
  server.on('clientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ endpoint: `https://127.0.0.1:${port}/v1/traces`, ca, bodies, headers, paths },
    written: () => written,
    spans: () => taken.flatMap((body) => decodeSpans(body)),
    answerFromNow(answer) {
      left.length = 0;
      last = answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function reply(
  response: ServerResponse,
  answer: Answer,
  onWritten: (bytes: number) => void,
): Promise<void> {
  response.on('error', () => {});
  const protobuf = { 'content-type': 'application/x-protobuf' };
  if (answer === 'take') return void response.writeHead(200, protobuf).end();
  if (answer === 'hang up') return void response.socket?.destroy();
  if (answer === 'answer nothing') return;
  if (answer === 'flood' || answer === 'trickle') {
    response.writeHead(200, protobuf);
    const piece = Buffer.alloc(answer === 'flood' ? 64 * 1024 : 1, 8);
    while (!response.destroyed) {
      const more = response.write(piece);
      onWritten(piece.length);
      const pause = answer === 'trickle' || !more ? 50 : 0;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return;
  }
  if ('reject' in answer) {
    return void response.writeHead(200, protobuf).end(encodeRejection(answer.reject));
  }
  response.writeHead(answer.status, answer.headers).end();
}
