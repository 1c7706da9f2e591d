import { createHash } from 'node:crypto';
import {
  type BucketPlace,
  type ObjectStore,
  ObjectStoreError,
  type PutPart,
} from '../core/object-store.ts';
import { elementText, escaped } from './answer-text.ts';
import { type S3Answer, signedRequests } from './signed-request.ts';

/** A bucket behind the S3 API (path style). Amazon S3, API version 2006-03-01. */
export function openBucket(place: BucketPlace): ObjectStore {
  const closing = new AbortController();
  const send = signedRequests(place, closing.signal);
  const keyOf = (key: string) => (place.prefix === '' ? key : `${place.prefix}/${key}`);
  const uploadQuery = (upload: string) => `uploadId=${encodeURIComponent(upload)}`;

  return {
    async put(key, bytes, lock) {
      const headers = lock === undefined ? {} : lockHeaders(bytes, lock.until);
      await send({ method: 'PUT', key: keyOf(key), body: bytes, headers });
    },
    async begin(key) {
      const answer = await send({ method: 'POST', key: keyOf(key), query: '?uploads=' });
      return needed(elementText(answer.body.toString(), 'UploadId'), 'no UploadId', place);
    },
    async putPart(key, upload, number, bytes) {
      const query = `?partNumber=${number}&${uploadQuery(upload)}`;
      const answer = await send({ method: 'PUT', key: keyOf(key), query, body: bytes });
      return needed(answer.headers.get('etag'), 'no ETag', place);
    },
    async finish(key, upload, parts) {
      const body = Buffer.from(completion(parts));
      const query = `?${uploadQuery(upload)}`;
      const answer = await send({ method: 'POST', key: keyOf(key), query, body });
      // It answers 200 first, and finds out afterwards.
      const code = elementText(answer.body.toString(), 'Code');
      if (code !== null) throw new ObjectStoreError(code, false, `${key}: ${code}`);
    },
    async abandon(key, upload) {
      const query = `?${uploadQuery(upload)}`;
      await orNull(send({ method: 'DELETE', key: keyOf(key), query }), 'NoSuchUpload');
    },
    async size(key) {
      const answer = await orNull(send({ method: 'HEAD', key: keyOf(key) }), '404', 'NoSuchKey');
      return answer === null ? null : Number(answer.headers.get('content-length'));
    },
    async read(key, start, length) {
      const headers = { range: `bytes=${start}-${start + length - 1}` };
      return (await send({ method: 'GET', key: keyOf(key), headers, most: length })).body;
    },
    async remove(key) {
      await orNull(send({ method: 'DELETE', key: keyOf(key) }), 'NoSuchKey');
    },
    close: () => closing.abort(new Error('the gateway stops')),
    async assertUsable() {
      await send({ method: 'GET', key: '', query: '?list-type=2&max-keys=1' });
    },
    async locks() {
      const asked = send({ method: 'GET', key: '', query: '?object-lock=' });
      const answer = await orNull(asked, 'ObjectLockConfigurationNotFoundError');
      return elementText(answer?.body.toString() ?? '', 'ObjectLockEnabled') === 'Enabled';
    },
  };
}

function completion(parts: readonly PutPart[]): string {
  const each = parts.map(
    ({ number, etag }) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${each.join('')}</CompleteMultipartUpload>`;
}

/** COMPLIANCE: not even the account's owner shortens it. It asks for a digest of the body as well. */
function lockHeaders(bytes: Uint8Array, until: Date): Readonly<Record<string, string>> {
  return {
    'content-md5': createHash('md5').update(bytes).digest('base64'),
    'x-amz-object-lock-mode': 'COMPLIANCE',
    'x-amz-object-lock-retain-until-date': until.toISOString(),
  };
}

/** Null for an answer of one of these codes. */
async function orNull(asked: Promise<S3Answer>, ...codes: string[]): Promise<S3Answer | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ObjectStoreError && codes.includes(error.code)) return null;
    throw error;
  }
}

function needed(value: string | null, problem: string, { bucket }: BucketPlace): string {
  if (value !== null) return value;
  throw new ObjectStoreError('Malformed', false, `${bucket} answered with ${problem}`);
}
