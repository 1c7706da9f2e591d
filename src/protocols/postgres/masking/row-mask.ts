import { type MaskedSpan, shortMaskBytes } from '../../../core/masking.ts';
import { writeStandIn } from '../../../core/stand-in.ts';
import type { BackendScanner } from '../wire/backend-scanner.ts';
import { int32At, uint16At } from '../wire/integers.ts';
import type { Outgoing } from '../wire/outgoing.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ValueMask } from './value-mask.ts';

/** For each column of a result, what masks it; null for one that passes. */
export type RowMask = readonly (ValueMask | null)[];

const headerBytes = 7;
const lengthBytes = 4;

/**
 * Has the DataRow that was found, and those right behind it, go on with their values masked: as they
 * came where none of them changed, else with the values that did not change as they came.
 * @throws WireError for a row that is not of these columns
 */
export function maskRows(found: BackendScanner, masks: RowMask): void {
  const row = new MaskedRow(found);
  do {
    row.begin();
    maskRow(found, masks, row);
    row.end();
  } while (found.another());
}

function maskRow({ bytes, start, end }: BackendScanner, masks: RowMask, row: MaskedRow): void {
  if (end - start < headerBytes || uint16At(bytes, start + 5) !== masks.length) {
    throw new WireError('BAD_COUNT', 'a row does not match its description');
  }
  let at = start + headerBytes;
  for (let index = 0; index < masks.length; index += 1) {
    const value = at + lengthBytes;
    if (value > end) throw truncated();
    const length = int32At(bytes, at);
    const next = length < 0 ? value : value + length;
    if (next > end) throw truncated();
    const mask = masks[index] ?? null;
    if (mask !== null) {
      if (length < 0) row.absent(mask, value);
      else if (row.mayChange(mask, value, next)) row.mask(mask, value, next);
    }
    at = next;
  }
  if (at !== end) throw new WireError('TRAILING_BYTES', 'bytes behind the last value');
}

/** Edits rows one after the other, each from the first value on that changes. */
class MaskedRow {
  readonly #found: BackendScanner;
  #out: Outgoing | null = null;
  /** Where the row begins in `#out`. */
  #start = 0;
  /** Everything of the row before this is kept or left out. */
  #from = 0;
  /** Where that byte stands next, of those bytes. */
  #needed = -1;
  #next = -1;

  constructor(found: BackendScanner) {
    this.#found = found;
  }

  /** With the row that was found now. */
  begin(): void {
    this.#out = null;
    this.#from = this.#found.start;
  }

  /** Whether the byte is there that the mask needs. */
  mayChange({ needs }: ValueMask, start: number, end: number): boolean {
    if (needs === undefined) return true;
    if (needs !== this.#needed || this.#next < start) {
      this.#needed = needs;
      this.#next = this.#found.nextOf(needs, start);
    }
    return this.#next < end;
  }

  /** The value that lies between `start` and `end`, its length before it. */
  mask(mask: ValueMask, start: number, end: number): void {
    const { bytes } = this.#found;
    if (mask.keeps?.(bytes, start, end) === true) return;
    const spans = mask.find?.(bytes, start, end) ?? null;
    if (spans !== null) {
      if (spans.length > 0) this.#replaced(spans, start, end);
      return;
    }
    if (mask.write !== undefined && this.#written(mask.write, start, end)) return;
    const value = bytes.subarray(start, end);
    const masked = mask.value(value);
    if (masked !== value) this.#put(masked, start, end);
  }

  /** A NULL, whose length ends at `at`. */
  absent({ absent }: ValueMask, at: number): void {
    if (absent !== undefined) this.#put(absent, at, at);
  }

  #put(masked: Buffer | null, start: number, end: number): void {
    const out = this.#keptTo(start - lengthBytes);
    this.#leaveOutTo(end, out);
    out.int32(masked === null ? -1 : masked.length);
    if (masked !== null) out.copy(masked, 0, masked.length);
  }

  #written(write: NonNullable<ValueMask['write']>, start: number, end: number): boolean {
    const out = this.#keptTo(start - lengthBytes);
    const room = out.room(lengthBytes + shortMaskBytes);
    const count = write(this.#found.bytes, start, end, room, out.length + lengthBytes);
    if (count < 0) return false;
    out.int32(count);
    out.wrote(count);
    this.#leaveOutTo(end, out);
    return true;
  }

  #replaced(spans: readonly MaskedSpan[], start: number, end: number): void {
    const { bytes } = this.#found;
    const out = this.#keptTo(start);
    const value = out.length;
    for (const span of spans) {
      this.#keptTo(span.start);
      writeStandIn(span, bytes, out);
      this.#leaveOutTo(span.end, out);
    }
    this.#keptTo(end);
    out.patchInt32(value - lengthBytes, out.length - value);
  }

  #keptTo(at: number): Outgoing {
    if (this.#out === null) {
      this.#out = this.#found.edit();
      this.#start = this.#out.length;
    }
    this.#out.keep(at - this.#from);
    this.#from = at;
    return this.#out;
  }

  #leaveOutTo(at: number, out: Outgoing): void {
    out.leaveOut(at - this.#from);
    this.#from = at;
  }

  end(): void {
    const out = this.#out;
    if (out === null) return;
    this.#keptTo(this.#found.end);
    out.patchInt32(this.#start + 1, out.length - this.#start - 1);
  }
}

function truncated(): WireError {
  return new WireError('TRUNCATED', 'a row ends inside a value');
}
