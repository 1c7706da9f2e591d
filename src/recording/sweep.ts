import { isAway, type Offload } from './offload.ts';
import type { RecordingMeta } from './recording-meta.ts';
import type { RecordingLog } from './recordings.ts';
import type { Expired } from './retention.ts';
import { nothingStored } from './upload-state.ts';

export interface SweepParts {
  /** What is to be removed now. */
  readonly due: () => readonly Expired[];
  readonly offload: Pick<Offload, 'state'> | null;
  readonly log: RecordingLog;
  /** Told of each before it is removed, once; what throws keeps it. */
  readonly onExpired: (id: string, why: Expired['why']) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

/** Removes what need not be kept any more, one sweep at a time. */
export function createSweep(parts: SweepParts): () => Promise<void> {
  const { due, offload, log, onExpired, remove } = parts;
  /** Those of which it was told, and something is still there. */
  const told = new Set<string>();
  let sweeping: Promise<void> | null = null;

  async function sweepOne({ id }: RecordingMeta, why: Expired['why']): Promise<void> {
    if (!told.has(id)) await onExpired(id, why);
    told.add(id);
    await remove(id);
    told.delete(id);
    log.info({ session: id, why }, 'a recording was removed');
  }

  async function sweep(): Promise<void> {
    let away = false;
    for (const { meta, why } of due()) {
      // Each would wait as long again; what is only here goes all the same.
      if (away && offload?.state(meta.id) !== nothingStored) continue;
      try {
        await sweepOne(meta, why);
      } catch (error) {
        log.error({ err: error, session: meta.id }, 'a recording could not be removed');
        away ||= isAway(error);
      }
    }
  }

  return () => {
    sweeping ??= sweep().finally(() => {
      sweeping = null;
    });
    return sweeping;
  };
}
