import type { RecordingMeta } from './recording-meta.ts';

export interface RetentionSettings {
  /** Null: for ever. */
  readonly keepForMs: number | null;
  /** Of all ended recordings together; null: as much as there is room for. */
  readonly keepBytes: number | null;
}

export interface Kept {
  readonly meta: RecordingMeta;
  readonly bytes: number;
}

export interface Expired {
  readonly meta: RecordingMeta;
  readonly why: 'age' | 'size';
}

/** What is to be removed of these, all of ended sessions: the old, and the oldest beyond the size. */
export function expired(
  kept: readonly Kept[],
  { keepForMs, keepBytes }: RetentionSettings,
  now: number,
): readonly Expired[] {
  const newestFirst = kept.toSorted((a, b) => lastOf(b.meta) - lastOf(a.meta));
  const out: Expired[] = [];
  let bytes = 0;
  for (const { meta, bytes: own } of newestFirst) {
    bytes += own;
    if (keepForMs !== null && lastOf(meta) + keepForMs < now) out.push({ meta, why: 'age' });
    else if (keepBytes !== null && bytes > keepBytes) out.push({ meta, why: 'size' });
  }
  return out;
}

function lastOf({ endedAt, startedAt }: RecordingMeta): number {
  return endedAt ?? startedAt;
}
