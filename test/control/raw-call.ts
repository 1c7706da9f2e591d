import https from 'node:https';
import tls from 'node:tls';
import type { StartedGateway } from '../gateway/started-gateway.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** A call as any client might make it, right or wrong. */
export function rawCall(
  gateway: StartedGateway,
  method: string,
  path: string,
  options: { token?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<RawAnswer> {
  const { token, body } = options;
  return new Promise((resolve, reject) => {
    const request = https.request(gateway.url, {
      method,
      path,
      ca: gateway.certificates.ca,
      agent: false,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
    });
    request.on('error', reject);
    request.on('response', async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('utf8');
      const parsed: unknown = text === '' ? null : JSON.parse(text);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parsed });
    });
    request.end(body);
  });
}

/** Bytes on a TLS connection of their own; resolves with all that comes back. */
export function rawBytes(gateway: StartedGateway, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url);
    const socket = tls.connect(
      { host: hostname, port: Number(port), ca: gateway.certificates.ca },
      () => socket.write(bytes),
    );
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.on('error', reject);
  });
}
