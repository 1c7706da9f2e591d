import { z } from 'zod';
import { isProtectedUrl } from './protected-url.ts';
import { closed, relativeFolder, secret, text } from './schema-parts.ts';
import { bareUrl } from './schema-url.ts';

const endpoint = bareUrl.refine(
  (url) => isProtectedUrl(new URL(url)),
  'must be an https address; http is for this machine',
);

/** As S3 has it. */
const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is no name of a bucket: see what S3 allows');

/** A bucket behind the S3 API. */
export const bucket = closed({
  endpoint,
  bucket: bucketName,
  region: text.regex(/^[a-z0-9-]+$/, 'is no region').default('us-east-1'),
  prefix: relativeFolder.optional(),
  accessKey: secret,
  secretKey: secret,
});

export type BucketDocument = z.infer<typeof bucket>;
