import type { Anchor } from '../audit/anchors.ts';
import type { AnchorConfig } from '../config/gateway-config.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { ObjectStoreError } from '../core/object-store.ts';
import { UserError } from '../core/user-error.ts';
import { openBucket } from '../s3/bucket.ts';
import type { GatewayLog } from './log.ts';

/**
 * An anchor with what it is reached by. A bucket must lock what is put in it; one that is away now
 * is asked again before it gets anything. @throws UserError exit 78
 */
export async function openAnchor(
  anchor: AnchorConfig,
  log: Pick<GatewayLog, 'warn'>,
): Promise<Anchor> {
  if (anchor.kind !== 's3') return anchor;
  const store = openBucket(anchor.place);
  const { bucket } = anchor.place;
  try {
    if (await store.locks()) return { ...anchor, store };
  } catch (error) {
    if (error instanceof ObjectStoreError && error.final) throw unfit(error.message, error);
    log.warn({ err: error, bucket }, 'a bucket for checkpoints is away');
    return { ...anchor, store };
  }
  throw unfit(`${bucket} has no object lock, so that checkpoints could be removed`);
}

function unfit(why: string, cause?: unknown): UserError {
  return new UserError(`checkpoints cannot be kept in the bucket: ${why}`, {
    ...{ code: 'AUDIT_BUCKET', exitCode: exitCodes.badConfiguration, cause },
    hint: 'Object lock is switched on as a bucket is made. Look at audit.anchors.',
  });
}
