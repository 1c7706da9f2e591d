import type { BucketPlace, ObjectStore } from '../core/object-store.ts';
import { anchorLine, checkpointMoment } from './anchor-line.ts';

/** A bucket with object lock, that gets each checkpoint as an object nobody can remove. */
export interface S3Anchor {
  readonly kind: 's3';
  readonly place: BucketPlace;
  readonly store: ObjectStore;
  /** How long each is locked. */
  readonly retainMs: number;
}

export function s3Delivery({ store, retainMs }: S3Anchor): (note: string) => Promise<void> {
  let locks = false;
  return async (note) => {
    // Some stores take what they do not lock.
    locks ||= await store.locks();
    if (!locks) throw new Error('the bucket has no object lock');
    const until = new Date(Date.now() + retainMs);
    const line = Buffer.from(anchorLine(note));
    await store.put(`${checkpointMoment(note)}.jsonl`, line, { until });
  };
}
