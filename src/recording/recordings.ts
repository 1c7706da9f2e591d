import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { ObjectStore } from '../core/object-store.ts';
import { type Refusal, RefusedError } from '../core/refusal.ts';
import { blankRecording, neverOpened } from './blank-recording.ts';
import { leftFiles } from './left-files.ts';
import { createOffload } from './offload.ts';
import { recordedBytes, recordedFiles } from './recorded-bytes.ts';
import { readShelf, sizeOf } from './recording-files.ts';
import type { RecordingMeta } from './recording-meta.ts';
import { recordingRefusal } from './recording-refusal.ts';
import { type Expired, expired, type Kept, type RetentionSettings } from './retention.ts';
import { createSessionKey } from './sealing.ts';
import type { SessionAbout } from './session-lines.ts';
import { type ClosedRecording, openRecording, type SessionRecording } from './session-recording.ts';
import { createSweep } from './sweep.ts';
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
  /** Begun by an earlier gateway, which never said that they are closed. */
  readonly unclosed?: readonly string[];
  /** Told once of each, when nothing more is written to it. */
  readonly onClosed?: (id: string, closed: ClosedRecording) => void;
  /** Told before it is removed because it need not be kept; what throws keeps it. */
  readonly onExpired?: (id: string, why: Expired['why']) => Promise<void>;
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
  const closing = new Set<Promise<ClosedRecording>>();
  const totals = { bytes: 0, failures: 0 };
  for (const id of options.unclosed ?? []) await recover(id);
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

  /** Before any of it is taken to the bucket. One that cannot be read is left for the next start. */
  async function recover(id: string): Promise<void> {
    try {
      options.onClosed?.(id, { state: 'recovered', files: await leftFiles(path.join(folder, id)) });
      log.warn({ session: id }, 'a recording was cut off, and is taken as it lies there');
    } catch (error) {
      log.error({ err: error, session: id }, 'a recording that was cut off cannot be read');
    }
  }

  /** Leaves nothing where it fails. */
  async function open(begin: Begin): Promise<SessionRecording> {
    const own = path.join(folder, begin.about.id);
    await mkdir(own, { mode: 0o700 });
    try {
      return await openIn(own, begin);
    } catch (error) {
      await rm(own, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
  }

  async function openIn(own: string, begin: Begin): Promise<SessionRecording> {
    const { about, required, onFailure } = begin;
    const { recipients, rowLimit, outputLimit } = options.settings();
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
    let closed: Promise<ClosedRecording> | null = null;
    return {
      ...recording,
      close(refusal) {
        closed ??= closeRecording(recording, own, refusal);
        return untilClosed(closed);
      },
    };
  }

  async function untilClosed(closed: Promise<ClosedRecording>): Promise<ClosedRecording> {
    closing.add(closed);
    await closed;
    closing.delete(closed);
    return closed;
  }

  async function closeRecording(
    recording: SessionRecording,
    own: string,
    refusal: Refusal | null,
  ): Promise<ClosedRecording> {
    const closed = await recording.close(refusal);
    const meta = recording.meta();
    const bytes = await sizeOf(own);
    // Before it can be removed, or taken to the bucket.
    options.onClosed?.(meta.id, closed);
    entries.set(meta.id, { meta, live: null, bytes });
    offload?.add(meta.id);
    return closed;
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
        options.onClosed?.(about.id, neverOpened);
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
    sweep: createSweep({
      ...{ offload, log, remove },
      due() {
        const ended = [...entries.values()].filter(({ live }) => live === null);
        return expired(ended, options.settings(), clock());
      },
      onExpired: async (id, why) => options.onExpired?.(id, why),
    }),
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
