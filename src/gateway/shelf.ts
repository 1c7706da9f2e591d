import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { type BucketPlace, type ObjectStore, ObjectStoreError } from '../core/object-store.ts';
import { UserError } from '../core/user-error.ts';
import {
  openRecordings,
  type Recordings,
  type RecordingsOptions,
} from '../recording/recordings.ts';
import { openBucket } from '../s3/bucket.ts';
import type { GatewayLog } from './log.ts';
import type { Standing } from './standing.ts';

type Told = Pick<RecordingsOptions, 'unclosed' | 'onClosed' | 'onExpired' | 'onRemoved'>;

interface ShelfDeps extends Required<Told> {
  readonly clock: Clock;
  readonly log: GatewayLog;
}

/** The recordings, in their folder and perhaps a bucket. @throws UserError exit 78 */
export async function openShelf(
  { folder, bucket }: GatewayConfig['recording'],
  { footing }: Standing,
  { clock, log, unclosed, onClosed, onExpired, onRemoved }: ShelfDeps,
): Promise<Recordings> {
  const store = bucket === null ? null : await usableBucket(bucket, log);
  try {
    const settings = () => footing().config.recording;
    return await openRecordings({
      ...{ folder, clock, log, store, settings },
      ...{ unclosed, onClosed, onExpired, onRemoved },
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`recordings cannot be kept in ${folder}: ${why}`, {
      ...{ code: 'RECORDINGS_FOLDER', exitCode: exitCodes.badConfiguration, cause: error },
      hint: 'Make the folder, or name another as recording.folder.',
    });
  }
}

/** One that is away now may come back: sessions go on, and what they leave is taken there later. */
export async function usableBucket(
  place: BucketPlace,
  log: Pick<GatewayLog, 'warn'>,
): Promise<ObjectStore> {
  const store = openBucket(place);
  try {
    await store.assertUsable();
  } catch (error) {
    if (!(error instanceof ObjectStoreError && error.final)) {
      log.warn({ err: error }, 'the bucket of recordings is away: they stay here until it is back');
      return store;
    }
    throw new UserError(`recordings cannot be taken to the bucket: ${error.message}`, {
      ...{ code: 'RECORDINGS_BUCKET', exitCode: exitCodes.badConfiguration, cause: error },
      hint: 'Look at recording.bucket: its name, region and keys, and what those may do.',
    });
  }
  return store;
}
