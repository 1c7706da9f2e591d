import { createHash } from 'node:crypto';
import type { AwsClient } from 'aws4fetch';
import { type BucketPlace, ObjectStoreError } from '../core/object-store.ts';
import { safeLine } from '../core/safe-text.ts';
import { elementText } from './answer-text.ts';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Within the bucket; empty for the bucket itself. */
  readonly key: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Of the answer, at most. */
  readonly most?: number;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export type S3Send = (request: S3Request) => Promise<S3Answer>;

const patienceMs = 10_000;
/** Beside that, for what is sent: slower lines than some 64 kB a second do not do. */
const bytesPerMs = 64;
const mostAnswer = 256 * 1024;

/**
 * AWS Signature Version 4, the body's SHA-256 included, so that a store refuses what arrives cut
 * off or changed. Follows no redirect. Throws `ObjectStoreError`.
 */
export function signedRequests(place: BucketPlace, closed: AbortSignal): S3Send {
  const { endpoint, bucket, accessKey, secretKey, region } = place;
  let signing: Promise<AwsClient> | null = null;

  async function client(): Promise<AwsClient> {
    const { AwsClient } = await import('aws4fetch');
    const keys = { accessKeyId: accessKey.reveal(), secretAccessKey: secretKey.reveal() };
    return new AwsClient({ ...keys, region, service: 's3', retries: 0 });
  }

  return async ({ method, key, query = '', headers = {}, body, most = mostAnswer }) => {
    signing ??= client();
    const url = `${endpoint}/${bucket}${key === '' ? '' : `/${key}`}${query}`;
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const init = { method, headers: { ...headers, 'x-amz-content-sha256': sha256 } };
    const sent = body === undefined ? init : { ...init, body: Buffer.from(body) };
    const signed = await (await signing).sign(url, sent);
    const patience = patienceMs + Math.ceil((body?.length ?? 0) / bytesPerMs);
    const signal = AbortSignal.any([closed, AbortSignal.timeout(patience)]);
    const what = `${method} ${bucket}/${key}`;
    const answer = await answered(() => fetch(signed, { signal, redirect: 'error' }), most, what);
    if (answer.status >= 300) throw refusal(answer, what);
    return answer;
  };
}

async function answered(
  ask: () => Promise<Response>,
  most: number,
  what: string,
): Promise<S3Answer> {
  try {
    const response = await ask();
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of response.body ?? []) {
      size += piece.length;
      if (size > most) throw new Error('the answer is too large');
      pieces.push(piece);
    }
    return { status: response.status, headers: response.headers, body: Buffer.concat(pieces) };
  } catch (cause) {
    throw new ObjectStoreError('Unreachable', false, `${what}: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

function refusal({ status, body }: S3Answer, what: string): ObjectStoreError {
  const text = body.toString('utf8');
  const code = elementText(text, 'Code') ?? `${status}`;
  const said = safeLine(elementText(text, 'Message') ?? '');
  const final = status < 500 && status !== 408 && status !== 429;
  const message = `${what}: ${safeLine(code)}${said === '' ? '' : `, ${said}`} (${status})`;
  return new ObjectStoreError(code, final, message);
}
