import type { Eventual } from '../../core/eventual.ts';
import type { RecordedValue, SessionRecorder, SqlAnswer } from '../../core/recording.ts';
import { AnswerDescriptions } from './answer-descriptions.ts';
import { type AnswerOrder, noAnswer } from './answer-order.ts';
import { recordedResult, recordedRow } from './recorded-row.ts';
import type { RunSlot } from './runs.ts';
import { readCommandTag } from './wire/backend/command-complete.ts';
import { decodeErrorResponse } from './wire/backend/report.ts';
import { backendType } from './wire/backend-types.ts';
import { MessageGatherer } from './wire/message-gatherer.ts';
import { WireError } from './wire/wire-error.ts';

/** Of one answer; what is beyond it is counted. */
const maxSampledBytes = 16 * 1024;
/** Of an error, in characters. */
const maxErrorText = 64 * 1024;
const headerBytes = 5;

interface Cut {
  readonly gathered: MessageGatherer;
  readonly header: boolean;
}

/**
 * Sees every byte of the server's that goes to the client, and takes down how each statement was
 * answered. Walks the headers alone; reads the first rows of an answer, and what ends it. A
 * promise only where the recording is behind.
 */
export class AnswerTap {
  readonly #recorder: SessionRecorder;
  readonly #answers: AnswerOrder;
  /** Body bytes of a message that is not read. */
  #skip = 0;
  /** A message, or its header, that has not come whole. */
  #cut: Cut | null = null;
  readonly #descriptions = new AnswerDescriptions();
  #rows: (readonly RecordedValue[])[] = [];
  /** Bytes of rows that may still be read of this answer. */
  #room = maxSampledBytes;
  #bytes = 0;
  #copied = 0;
  /** The result of a function call has come. */
  #called = false;
  #waiting: Promise<void> | null = null;

  /** `answers`: whose answers they are; a server's message is told there before it comes here. */
  constructor(recorder: SessionRecorder, answers: AnswerOrder) {
    this.#recorder = recorder;
    this.#answers = answers;
  }

  /** COPY data that the client sent. */
  copiedIn(bytes: number): void {
    this.#copied += bytes;
  }

  passed(chunk: Buffer): Eventual<void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#cut !== null) at = this.#goOn(this.#cut, chunk, at);
      else if (this.#skip > 0) at = this.#skipOn(chunk, at);
      else if (chunk.length - at < headerBytes) at = this.#begin(headerBytes, true, chunk, at);
      else at = this.#message(chunk, at);
    }
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) return waiting;
  }

  #skipOn(chunk: Buffer, at: number): number {
    const skipped = Math.min(this.#skip, chunk.length - at);
    this.#skip -= skipped;
    return at + skipped;
  }

  #begin(length: number, header: boolean, chunk: Buffer, at: number): number {
    const gathered = new MessageGatherer(length);
    this.#cut = { gathered, header };
    return at + gathered.take(chunk, at);
  }

  #goOn({ gathered, header }: Cut, chunk: Buffer, start: number): number {
    const at = start + gathered.take(chunk, start);
    if (gathered.missing > 0) return at;
    this.#cut = null;
    const raw = gathered.whole();
    if (!header) {
      this.#read(raw, 0, raw.length);
      return at;
    }
    const length = raw.readUInt32BE(1) + 1;
    if (!this.#wants(raw[0] ?? 0, length)) this.#skip = length - headerBytes;
    else if (length === headerBytes) this.#read(raw, 0, length);
    else this.#begin(length, false, raw, 0);
    return at;
  }

  #message(chunk: Buffer, at: number): number {
    const length = chunk.readUInt32BE(at + 1) + 1;
    const end = at + length;
    if (!this.#wants(chunk[at] ?? 0, length)) {
      if (end <= chunk.length) return end;
      this.#skip = end - chunk.length;
      return chunk.length;
    }
    if (end > chunk.length) return this.#begin(length, false, chunk, at);
    this.#read(chunk, at, end);
    return end;
  }

  /** Counts it, and says whether it has to be read. */
  #wants(type: number, length: number): boolean {
    switch (type) {
      case backendType.dataRow:
        this.#bytes += length;
        return this.#wantsRow(length);
      case backendType.copyData:
        this.#bytes += length;
        this.#copied += length - headerBytes;
        return false;
      case backendType.functionCallResponse:
        this.#called = true;
        this.#bytes += length;
        return this.#wantsRow(length);
      case backendType.rowDescription:
      case backendType.commandComplete:
      case backendType.errorResponse:
      case backendType.emptyQueryResponse:
      case backendType.portalSuspended:
      case backendType.readyForQuery:
        return true;
      default:
        return false;
    }
  }

  /** No row behind one that is left out: those that are kept are the first ones. */
  #wantsRow(length: number): boolean {
    if (this.#rows.length >= this.#recorder.rowLimit) return false;
    this.#room -= length;
    if (this.#room >= 0) return true;
    this.#room = 0;
    return false;
  }

  #read(bytes: Buffer, start: number, end: number): void {
    switch (bytes[start]) {
      case backendType.rowDescription:
        this.#descriptions.take(bytes, start, end, this.#answers.take());
        break;
      case backendType.dataRow:
        this.#row(bytes, start, end);
        break;
      case backendType.functionCallResponse:
        this.#rows.push(readable(() => recordedResult(bytes, start, end)) ?? []);
        break;
      case backendType.commandComplete:
        this.#answered(readCommandTag(bytes, start, end), null, this.#answers.take());
        break;
      case backendType.errorResponse: {
        const { fields } = decodeErrorResponse(bytes.subarray(start, end));
        const { code = 'XX000', message = '' } = fields;
        const error = { code, message: message.slice(0, maxErrorText) };
        this.#answered(null, error, this.#answers.take());
        break;
      }
      case backendType.readyForQuery:
        this.#ready(this.#answers.take());
        break;
      default:
        this.#answered(null, null, this.#answers.take());
    }
  }

  /** Nothing else ends the answer to a function call. */
  #ready(operation: RunSlot): void {
    if (this.#called) this.#answered(null, null, operation);
    this.#descriptions.forget();
  }

  #row(bytes: Buffer, start: number, end: number): void {
    const columns = this.#descriptions.of(this.#answers.current);
    const row = readable(() => recordedRow(bytes, start, end, columns?.formats ?? null));
    this.#rows.push(row ?? [{ bytes: end - start - headerBytes }]);
  }

  #answered(tag: string | null, error: SqlAnswer['error'], operation: RunSlot): void {
    if (operation !== noAnswer) this.#note(tag, error, operation);
    this.#descriptions.used(operation);
    this.#rows = [];
    this.#room = maxSampledBytes;
    this.#bytes = 0;
    this.#copied = 0;
    this.#called = false;
  }

  #note(tag: string | null, error: SqlAnswer['error'], operation: RunSlot): void {
    const answer: SqlAnswer = {
      type: 'answer',
      tag,
      error,
      columns: this.#descriptions.of(operation)?.names ?? null,
      rows: this.#rows,
      bytes: this.#bytes,
    };
    const noted = this.#recorder.note(
      this.#copied === 0 ? answer : { ...answer, copied: this.#copied },
      operation.number === 0 ? null : operation.number,
    );
    if (noted instanceof Promise) {
      this.#waiting = this.#waiting === null ? noted : this.#waiting.then(() => noted);
    }
  }
}

/** What the gateway only passes on need not be well formed; it is the client's to complain. */
function readable<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
