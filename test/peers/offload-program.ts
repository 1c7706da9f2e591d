/** Takes what is in a folder to a bucket, until it is killed: FOLDER ENDPOINT BUCKET ACCESS SECRET. */
import { Secret } from '../../src/core/secret.ts';
import { openRecordings } from '../../src/recording/recordings.ts';
import { openBucket } from '../../src/s3/bucket.ts';

const [folder = '', endpoint = '', bucket = '', accessKey = '', secretKey = ''] =
  process.argv.slice(2);
const store = openBucket({
  ...{ endpoint, bucket, region: 'us-east-1', prefix: 'gw' },
  ...{ accessKey: new Secret(accessKey), secretKey: new Secret(secretKey) },
});
const keeping = { keepForMs: null, keepBytes: null };
await openRecordings({
  ...{ folder, clock: Date.now, store },
  log: { info() {}, warn() {}, error() {} },
  settings: () => ({ ...keeping, recipients: [], rowLimit: 5, outputLimit: 100 }),
});
