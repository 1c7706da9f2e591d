import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { ObjectStore } from '../core/object-store.ts';
import { type Refusal, RefusedError } from '../core/refusal.ts';
import { blankRecording } from './blank-recording.ts';
import { createOffload, isAway } from './offload.ts';
import { recordedBytes, recordedFiles } from './recorded-bytes.ts';
import { readShelf, sizeOf } from './recording-files.ts';
import type { RecordingMeta } from './recording-meta.ts';
import { recordingRefusal } from './recording-refusal.ts';
import { expired, type Kept, type RetentionSettings } from './retention.ts';
import { createSessionKey } from './sealing.ts';
import type { SessionAbout } from './session-lines.ts';
import { openRecording, type SessionRecording } from './session-recording.ts';
import { nothingStored } from './upload-state.ts';

export interface RecordingSettings extends RetentionSettings {
  /** age recipients; none: in the clear. */
  readonly recipients: readonly string[];
  readonly rowLimit: number;
  readonly outputLimit: number;
}

export interface RecordingLog {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
}

export interface RecordingsOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: RecordingLog;
  /** Where ended recordings go; null: they stay here. */
  readonly store: ObjectStore | null;
  /** Asked for each new session. */
  readonly settings: () => RecordingSettings;
  /** Told of each that is gone; what throws leaves it to be removed again. */
  readonly onRemoved?: (id: string) => Promise<void>;
}

export interface Begin {
  readonly about: SessionAbout;
  readonly required: boolean;
  /** It cannot be recorded any more: the session has to end. Not called where that is optional. */
  readonly onFailure: (refusal: Refusal) => void;
}

/** A recording that can be looked at. */
export interface RecordingEntry {
  readonly meta: RecordingMeta;
  /** Its session is open in this gateway. */
  readonly live: boolean;
  /** Names of its files, wherever they are. */
  files(): Promise<readonly string[]>;
  /** As `fileBytes`. */
  bytes(file: string, growing: () => boolean, signal: AbortSignal): AsyncGenerator<Buffer>;
}

/** All recordings of a gateway, in one folder. */
export interface Recordings {
  /** Throws `RefusedError` RECORDING_UNAVAILABLE where recording is required and impossible. */
  begin(begin: Begin): Promise<SessionRecording>;
  /** Newest first. */
  list(): readonly RecordingEntry[];
  find(id: string): RecordingEntry | null;
  /** Since it was opened: what was written, and recordings that failed. */
  totals(): { readonly bytes: number; readonly failures: number };
  /** For good, of an ended session; of none it does nothing. Throws where that cannot be done now. */
  remove(id: string): Promise<void>;
  /** Removes what need not be kept any more. */
  sweep(): Promise<void>;
  /** Resolves when every recording whose session is over has been written to its end. */
  settled(): Promise<void>;
  /** Takes nothing more to the bucket. */
  close(): Promise<void>;
}

interface Entry extends Kept {
  readonly live: SessionRecording | null;
}

/** Opens the folder, which it makes where there is none. Throws what the disk says. */
export async function openRecordings(options: RecordingsOptions): Promise<Recordings> {
  const { folder, clock, log } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = new Map<string, Entry>();
  const closing = new Set<Promise<void>>();
  const totals = { bytes: 0, failures: 0 };
  const { found, unreadable } = await readShelf(folder);
  const { store } = options;
  const offload = store === null ? null : createOffload({ folder, store, log });
  for (const { upload, ...kept } of found) {
    entries.set(kept.meta.id, { ...kept, live: null });
    offload?.add(kept.meta.id, upload);
  }
  if (unreadable.length > 0) {
    log.warn({ folder, unreadable }, 'some recordings cannot be read, and are left alone');
  }

  async function open({ about, required, onFailure }: Begin): Promise<SessionRecording> {
    const { recipients, rowLimit, outputLimit } = options.settings();
    const own = path.join(folder, about.id);
    await mkdir(own, { mode: 0o700 });
    const recording = await openRecording(about, {
      ...{ folder: own, clock, rowLimit, outputLimit, required },
      key: recipients.length === 0 ? null : await createSessionKey(recipients),
      onWritten(bytes) {
        totals.bytes += bytes;
      },
      onFailure(refusal, cause) {
        totals.failures += 1;
        log.error({ err: cause, session: about.id }, failureWords(required));
        if (required) onFailure(refusal);
      },
    });
    entries.set(about.id, { meta: recording.meta(), live: recording, bytes: 0 });
    return {
      ...recording,
      async close(refusal) {
        const closed = closeRecording(recording, own, refusal);
        closing.add(closed);
        await closed;
        closing.delete(closed);
      },
    };
  }

  async function closeRecording(
    recording: SessionRecording,
    own: string,
    refusal: Refusal | null,
  ): Promise<void> {
    await recording.close(refusal);
    const meta = recording.meta();
    entries.set(meta.id, { meta, live: null, bytes: await sizeOf(own) });
    offload?.add(meta.id);
  }

  async function remove(id: string): Promise<void> {
    const entry = entries.get(id);
    if (entry === undefined) return;
    if (entry.live !== null) throw new Error(`session ${id} is still recorded`);
    await offload?.forget(id);
    await rm(path.join(folder, id), { recursive: true, force: true });
    await options.onRemoved?.(id);
    entries.delete(id);
  }

  function view({ meta, live }: Entry): RecordingEntry {
    const { id } = meta;
    const upload = () => offload?.state(id) ?? nothingStored;
    const place = { id, folder: path.join(folder, id), store, upload };
    return {
      meta: live?.meta() ?? meta,
      live: live !== null,
      files: () => recordedFiles(place),
      bytes: (file, growing, signal) => recordedBytes(place, file, growing, signal),
    };
  }

  return {
    async begin(begin) {
      try {
        return await open(begin);
      } catch (error) {
        const { about, required } = begin;
        totals.failures += 1;
        log.error({ err: error, session: about.id }, failureWords(required));
        if (required) throw new RefusedError(recordingRefusal(error), { cause: error });
        return blankRecording(about, clock);
      }
    },
    list: () => [...entries.values()].map(view).sort((a, b) => b.meta.startedAt - a.meta.startedAt),
    find(id) {
      const entry = entries.get(id);
      return entry === undefined ? null : view(entry);
    },
    totals: () => ({ ...totals }),
    remove,
    async sweep() {
      const ended = [...entries.values()].filter(({ live }) => live === null);
      let away = false;
      for (const { meta, why } of expired(ended, options.settings(), clock())) {
        // Each would wait as long again; what is only here goes all the same.
        if (away && offload?.state(meta.id) !== nothingStored) continue;
        try {
          await remove(meta.id);
          log.info({ session: meta.id, why }, 'a recording was removed');
        } catch (error) {
          log.error({ err: error, session: meta.id }, 'a recording could not be removed');
          away ||= isAway(error);
        }
      }
    },
    async settled() {
      await Promise.all(closing);
    },
    async close() {
      await offload?.close();
    },
  };
}

function failureWords(required: boolean): string {
  return required
    ? 'a session cannot be recorded, and ends'
    : 'a session cannot be recorded, and goes on without, as its connection allows';
}
