import type { BucketPlace } from '../core/object-store.ts';
import { Secret } from '../core/secret.ts';
import type { ConfigPath } from './config-problem.ts';
import type { Resolve } from './connection-config.ts';
import type { BucketDocument } from './schema-bucket.ts';

export async function bucketConfig(
  document: BucketDocument,
  at: ConfigPath,
  resolve: Resolve,
): Promise<BucketPlace> {
  const { endpoint, region, bucket, prefix = '' } = document;
  const accessKey = new Secret(await resolve([...at, 'accessKey'], document.accessKey));
  const secretKey = new Secret(await resolve([...at, 'secretKey'], document.secretKey));
  return { endpoint, region, bucket, prefix, accessKey, secretKey };
}
