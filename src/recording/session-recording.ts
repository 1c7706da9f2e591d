import path from 'node:path';
import type { ClosedState } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import type { Eventual } from '../core/eventual.ts';
import type { DecisionEvent } from '../core/gate.ts';
import type { Operation } from '../core/operation.ts';
import type { SessionNote, SessionRecorder, TerminalStart } from '../core/recording.ts';
import type { Refusal } from '../core/refusal.ts';
import type { HeldRequest } from '../core/request.ts';
import type { StoredFile } from '../core/stored-file.ts';
import type { Verdict } from '../core/verdict.ts';
import { createFileSink, type FileSink } from './file-sink.ts';
import { LineTails } from './line-tails.ts';
import { writeMeta } from './meta-file.ts';
import { type Counts, metaOf, newCounts, type RecordingMeta } from './recording-meta.ts';
import { orNothing, orRefused, recordingRefusal, refuse } from './recording-refusal.ts';
import { createSealer, inTheClear, type SessionKey } from './sealing.ts';
import {
  decidedEvent,
  endLine,
  eventLine,
  headLine,
  heldEvent,
  type SessionAbout,
} from './session-lines.ts';
import { blankTerminal, TerminalTrack } from './terminal-track.ts';
import { Terminals } from './terminals.ts';
import { Track, type TrackSink } from './track.ts';

/** What a recording holds when nothing more is written to it. */
export interface ClosedRecording {
  readonly state: ClosedState;
  /** By name. */
  readonly files: readonly StoredFile[];
}

/** One session's recording, for the gateway: what adapters are handed is a part of it. */
export interface SessionRecording extends SessionRecorder {
  held(request: HeldRequest, operation: Operation, number: number): void;
  /** A promise where it has to be on disk before anything goes on. */
  decided(event: DecisionEvent): Eventual<void>;
  meta(): RecordingMeta;
  /** Never throws. */
  close(refusal: Refusal | null): Promise<ClosedRecording>;
}

export interface RecordingOptions {
  /** Of this session alone, and there already. */
  readonly folder: string;
  readonly clock: Clock;
  /** Null: in the clear. */
  readonly key: SessionKey | null;
  readonly rowLimit: number;
  readonly outputLimit: number;
  /** False: what cannot be recorded goes on, and only the failure is told. */
  readonly required: boolean;
  /** Told once, when it cannot be recorded any more. */
  readonly onFailure: (refusal: Refusal, cause: unknown) => void;
  /** Told of every write to disk, in bytes. */
  readonly onWritten: (bytes: number) => void;
}

const sessionFile = 'session.ndjson';

/** Opens the files and writes their heads. Throws what the disk says. */
export async function openRecording(
  about: SessionAbout,
  options: RecordingOptions,
): Promise<SessionRecording> {
  const { folder, clock, key, required } = options;
  const guard = required ? orRefused : orNothing;
  const startedAt = clock();
  const began = performance.now();
  const first = metaOf(about, startedAt, key !== null);
  const counts = newCounts();
  /** Numbers of operations that wait for people, and are counted. */
  const waiting = new Set<number>();
  const tails = new LineTails();
  const terminals = new Terminals();
  const sinks = new Map<string, FileSink>();
  let opened = 0;
  let channels = 0;
  let ended: Pick<RecordingMeta, 'endedAt' | 'endedBy'> = { endedAt: null, endedBy: null };
  let failed = false;

  const now = () => performance.now() - began;
  const meta = (): RecordingMeta => ({ ...first, ...ended, counts: { ...counts } });

  function onFailure(cause: unknown): void {
    if (failed) return;
    failed = true;
    options.onFailure(recordingRefusal(cause), cause);
  }

  async function newTrack(name: string, head: string): Promise<Track> {
    const sealer = key === null ? inTheClear : createSealer(key);
    const file = key === null ? name : `${name}.sealed`;
    const own = await createFileSink(path.join(folder, file));
    sinks.set(file, own);
    const sink = counted(own, options.onWritten);
    try {
      if (sealer.head.length > 0) await sink.write(sealer.head);
      const track = new Track({ sink, seal: sealer.seal, onFailure });
      track.append(head);
      await track.written();
      return track;
    } catch (error) {
      await own.close().catch(() => {});
      throw error;
    }
  }

  function storedFiles(): readonly StoredFile[] {
    const tracks = [...sinks].map(([name, sink]) => ({ name, ...sink.stored() }));
    return [description, ...tracks].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  let description = await writeMeta(folder, meta(), { last: false });
  const track = await newTrack(sessionFile, headLine(about, startedAt));

  function note(line: string, urgent = false): Eventual<void> {
    if (!urgent && !track.stale) return track.append(line);
    track.append(line);
    return track.written();
  }

  function noteEvent(operation: number | null, tail: Buffer): Eventual<void> {
    if (!track.stale) return track.appendEvent(now(), operation, tail);
    track.appendEvent(now(), operation, tail);
    return track.written();
  }

  async function openTerminal(start: TerminalStart): Promise<TerminalTrack> {
    opened += 1;
    const name = `terminal-${opened}.cast`;
    const title = `${about.principal.name} on ${about.connection.name}`;
    const lines = { ...start, startedAt: clock(), title };
    const { channel, command } = start;
    const opening = { type: 'terminal', channel, file: name, command };
    await note(eventLine(now(), null, opening), true);
    return TerminalTrack.open(lines, guard, (head) => newTrack(name, head));
  }

  return {
    rowLimit: options.rowLimit,
    outputLimit: options.outputLimit,
    nextChannel() {
      channels += 1;
      return channels;
    },
    note: (each: SessionNote, operation: number | null) =>
      guard(() => {
        const tail = tails.note(each);
        return tail === null ? note(eventLine(now(), operation, each)) : noteEvent(operation, tail);
      }),
    async terminal(start) {
      try {
        return await terminals.add(() => openTerminal(start));
      } catch (error) {
        onFailure(error);
        return required ? refuse(error) : blankTerminal;
      }
    },
    held(request, operation, number) {
      waiting.add(number);
      count(counts, 'review');
      // A failure ends the session, or what is decided later is refused for it.
      void orNothing(() => note(eventLine(now(), number, heldEvent(request, operation))));
      terminals.mark(`held ${request.id}: ${request.summary}`);
    },
    decided(event) {
      if (!waiting.delete(event.number)) count(counts, event.verdict.kind);
      if (event.refusal !== null) counts.refused += 1;
      return guard(() => {
        if (event.request !== null || event.refusal !== null) terminals.mark(labelOf(event));
        const { number } = event;
        if (event.request !== null) {
          return note(eventLine(now(), number, decidedEvent(event)), true);
        }
        return noteEvent(number, tails.decided(event));
      });
    },
    meta,
    async close(refusal) {
      ended = { endedAt: clock(), endedBy: refusal === null ? null : refusal.code };
      await terminals.close();
      void orNothing(() => track.append(endLine(now(), refusal)));
      await track.close();
      try {
        description = await writeMeta(folder, meta(), { last: true });
      } catch (error) {
        onFailure(error);
      }
      return { state: failed ? 'broken_off' : 'complete', files: storedFiles() };
    },
  };
}

function counted(sink: TrackSink, onWritten: (bytes: number) => void): TrackSink {
  return {
    async write(bytes) {
      await sink.write(bytes);
      onWritten(bytes.length);
    },
    close: () => sink.close(),
  };
}

function count(counts: Counts, verdict: Verdict['kind']): void {
  counts.operations += 1;
  counts[verdict] += 1;
}

function labelOf({ operation, verdict, request, refusal }: DecisionEvent): string {
  const { summary } = operation.decidable;
  if (refusal === null) return `approved ${request?.id ?? ''}: ${summary}`;
  const word = verdict.kind === 'deny' ? 'denied' : 'refused';
  return `${word} (${refusal.code}): ${summary}`;
}
