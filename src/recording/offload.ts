import path from 'node:path';
import { type ObjectStore, ObjectStoreError } from '../core/object-store.ts';
import { trackFiles } from './recording-files.ts';
import { metaFile } from './recording-meta.ts';
import type { RecordingLog } from './recordings.ts';
import { createReserve } from './reserve.ts';
import { objectKey, uploadRecording } from './upload-recording.ts';
import { nothingStored, type UploadState, writeUploadState } from './upload-state.ts';

/** Takes ended recordings to a bucket, one after the other. */
export interface Offload {
  /** Of an ended recording; `state`: as it was left before. */
  add(id: string, state?: UploadState): void;
  state(id: string): UploadState;
  /** Removes it from the bucket. Throws where that cannot be done now. */
  forget(id: string): Promise<void>;
  close(): Promise<void>;
}

export interface OffloadOptions {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly log: RecordingLog;
  readonly retryAfterMs?: number;
}

interface Waiting {
  readonly failures: number;
  /** Of `performance.now()`. */
  readonly due: number;
}

const longestRetryMs = 300_000;

export function createOffload(options: OffloadOptions): Offload {
  const { folder, store, log, retryAfterMs = 1_000 } = options;
  const reserve = createReserve(folder);
  const states = new Map<string, UploadState>();
  const waiting = new Map<string, Waiting>();
  let current: string | null = null;
  let working: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const state = (id: string) => states.get(id) ?? nothingStored;

  function work(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    working ??= drain().finally(() => {
      working = null;
      if (closed || waiting.size === 0) return;
      let next = Number.POSITIVE_INFINITY;
      for (const { due } of waiting.values()) next = Math.min(next, due);
      timer = setTimeout(work, Math.max(0, next - performance.now()));
    });
  }

  async function drain(): Promise<void> {
    await reserve.restore();
    for (let id = nextDue(); id !== null && !closed; id = nextDue()) {
      current = id;
      await upload(id);
      current = null;
    }
  }

  /** One that fails again and again waits longer and longer, behind the others. */
  function nextDue(): string | null {
    const now = performance.now();
    for (const [id, { due }] of waiting) if (due <= now) return id;
    return null;
  }

  async function upload(id: string): Promise<void> {
    try {
      await uploadRecording({
        ...{ id, folder: path.join(folder, id), store, state: () => state(id) },
        save: (next) => save(id, next),
      });
      waiting.delete(id);
    } catch (error) {
      if (!closed) failed(id, error);
    }
  }

  async function save(id: string, next: UploadState): Promise<void> {
    const own = path.join(folder, id);
    try {
      await writeUploadState(own, next);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      await reserve.release();
      await writeUploadState(own, next);
    }
    states.set(id, next);
  }

  function failed(id: string, error: unknown): void {
    const failures = (waiting.get(id)?.failures ?? 0) + 1;
    if (failures === 1) {
      log.warn({ err: error, session: id }, 'a recording cannot be taken to the bucket yet');
    }
    const pause = Math.min(longestRetryMs, retryAfterMs * 2 ** (failures - 1));
    waiting.delete(id);
    waiting.set(id, { failures, due: performance.now() + pause });
  }

  return {
    add(id, before = nothingStored) {
      states.set(id, before);
      waiting.set(id, { failures: 0, due: performance.now() });
      if (!closed) work();
    },
    state,
    async forget(id) {
      if (current === id) throw new Error('it is on its way to the bucket');
      const { stored, open } = state(id);
      waiting.delete(id);
      if (stored.length === 0 && open === null) return;
      if (open !== null) await store.abandon(objectKey(id, open.name), open.upload);
      // What is still here may be there as well, where a crash came before the note of it.
      const here = await trackFiles(path.join(folder, id));
      for (const name of new Set([...stored.map(({ name }) => name), ...here, metaFile])) {
        await store.remove(objectKey(id, name));
      }
      states.delete(id);
    },
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      store.close();
      await working;
    },
  };
}

/** Whether the bucket gave no answer at all. */
export function isAway(error: unknown): boolean {
  return error instanceof ObjectStoreError && error.code === 'Unreachable';
}
