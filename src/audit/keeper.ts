import type { AuditLedger } from '../core/audit-record.ts';
import { leafHash } from '../core/audit-seal.ts';
import type { Clock } from '../core/clock.ts';
import type { Refusal } from '../core/refusal.ts';
import type { CheckpointFiles } from './checkpoint-files.ts';
import type { AuditLogger } from './logger.ts';
import type { Frontier } from './merkle.ts';
import type { RecordFiles } from './record-files.ts';
import { refusalFor } from './writer.ts';

/** Writes the store's records out to files, and signs how far they go. */
export interface Keeper {
  /** Why nothing may run now: the files cannot be written. */
  refusal(): Refusal | null;
  standing(): KeeperStanding;
  /** Everything that the store has now, and a checkpoint over it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface KeeperStanding {
  /** The last record in the files, and the last under a checkpoint. */
  readonly written: number;
  readonly checkpointed: number;
  /** Since the last checkpoint was signed; null before the first of this run. */
  readonly checkpointAgeMs: number | null;
}

export interface KeeperParts {
  readonly ledger: AuditLedger;
  readonly files: RecordFiles;
  readonly checkpoints: CheckpointFiles;
  /** Of exactly what the files have. */
  readonly frontier: Frontier;
  readonly clock: Clock;
  readonly log: AuditLogger;
  readonly lookEveryMs?: number;
  readonly checkpointEveryMs?: number;
}

export const recordsPerCheckpoint = 256;

export function createKeeper(parts: KeeperParts): Keeper {
  const { ledger, files, checkpoints, frontier, clock, log } = parts;
  const { lookEveryMs = 250, checkpointEveryMs = 60_000 } = parts;
  let failure: Refusal | null = null;
  let signedAt = Number.NEGATIVE_INFINITY;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = setTimeout(tick, lookEveryMs);

  function tick(): void {
    working = working
      .then(() => copy(false))
      .then(recovered, failed)
      .finally(() => {
        if (timer !== null) timer = setTimeout(tick, lookEveryMs);
      });
  }

  function recovered(): void {
    if (failure !== null) log.warn({}, 'the audit files can be written again');
    failure = null;
  }

  function failed(error: unknown): void {
    if (failure === null) log.error({ err: error }, 'the audit files cannot be written');
    failure = refusalFor(error);
  }

  /** No checkpoint covers more than so many new records, however many came at once. */
  async function copy(finish: boolean): Promise<void> {
    for (;;) {
      const room = recordsPerCheckpoint - (frontier.size - checkpoints.size());
      const records = await ledger.after(files.head()?.seq ?? 0, Math.max(1, room));
      await files.append(records);
      for (const { line } of records) frontier.add(leafHash(line));
      const full = frontier.size - checkpoints.size() >= recordsPerCheckpoint;
      if (full) await sign();
      if (records.length < room) break;
    }
    const due = performance.now() - signedAt >= checkpointEveryMs;
    if (due || (finish && frontier.size > checkpoints.size())) await sign();
  }

  async function sign(): Promise<void> {
    await files.sync();
    const time = new Date(clock()).toISOString();
    await checkpoints.add({ size: frontier.size, root: frontier.root(), time }, frontier.parts());
    signedAt = performance.now();
  }

  function flush(): Promise<void> {
    const next = working.then(() => copy(true));
    working = next.then(recovered, failed);
    return next;
  }

  return {
    refusal: () => failure,
    standing: () => ({
      written: files.head()?.seq ?? 0,
      checkpointed: checkpoints.size(),
      checkpointAgeMs: Number.isFinite(signedAt) ? performance.now() - signedAt : null,
    }),
    flush,
    async close() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await flush().catch(() => {});
      await files.close();
    },
  };
}
