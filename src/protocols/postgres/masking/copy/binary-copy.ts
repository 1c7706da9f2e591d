import { MessageGatherer } from '../../wire/message-gatherer.ts';
import { Outgoing } from '../../wire/outgoing.ts';
import type { RowMask } from '../row-mask.ts';
import type { ValueMask } from '../value-mask.ts';
import { type CopyMasker, maxHeldBytes, unreadableCopy } from './copy-masker.ts';

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, flags, and the length of what extends the header. */
const headerBytes = signature.length + 8;
const lengthBytes = 4;
const nothing = Buffer.alloc(0);

/** What comes next, gathered whole before it is looked at. */
type Unit = 'header' | 'count' | 'length' | 'value';

/** COPY data in PostgreSQL's binary format (COPY, "Binary Format"). */
export class BinaryCopyMasker implements CopyMasker {
  readonly #masks: RowMask;
  readonly #output = new Outgoing();
  #unit: Unit = 'header';
  #column = 0;
  #ended = false;
  /** Bytes that pass unread. */
  #passing = 0;
  #valueBytes = 0;
  /** Of a unit that has not come whole. */
  #gathered: MessageGatherer | null = null;
  /** Where in this piece the length stands whose value is masked; -1: it is kept back. */
  #lengthAt = -1;
  #length: Buffer = nothing;

  constructor(masks: RowMask) {
    this.#masks = masks;
  }

  write(data: Buffer): Buffer {
    this.#output.begin(data);
    let at = 0;
    while (at < data.length || this.#isEmptyValue) {
      const passed = Math.min(this.#passing, data.length - at);
      this.#passing -= passed;
      at += passed;
      if (at < data.length || this.#isEmptyValue) at = this.#take(data, at);
    }
    this.#holdLength();
    return this.#output.end();
  }

  end(): void {
    if (!this.#ended) throw unreadableCopy('ends before its trailer');
  }

  /** Takes what belongs to the unit; returns where it ends. */
  #take(data: Buffer, start: number): number {
    if (this.#ended) throw unreadableCopy('goes on behind its trailer');
    const wanted = this.#gathered?.missing ?? this.#size;
    const end = start + Math.min(wanted, data.length - start);
    if (this.#gathered === null && end - start === wanted) {
      this.#read(data.subarray(start, end), start, end, false);
      return end;
    }
    this.#holdLength();
    this.#gathered ??= new MessageGatherer(wanted);
    this.#gathered.take(data, start);
    if (this.#gathered.missing > 0) {
      this.#output.replace(start, end);
      return end;
    }
    const whole = this.#gathered.whole();
    this.#gathered = null;
    this.#read(whole, start, end, true);
    return end;
  }

  get #size(): number {
    switch (this.#unit) {
      case 'header':
        return headerBytes;
      case 'count':
        return 2;
      case 'length':
        return lengthBytes;
      case 'value':
        return this.#valueBytes;
      default:
        return this.#unit satisfies never;
    }
  }

  /** A whole unit; what of it is in this piece are the bytes `start` to `end`. `cut`: not all. */
  #read(unit: Buffer, start: number, end: number, cut: boolean): void {
    switch (this.#unit) {
      case 'header':
        this.#header(unit);
        break;
      case 'count':
        this.#count(unit.readInt16BE(0));
        break;
      case 'length':
        if (this.#nullIsMasked(unit.readInt32BE(0), start, end)) return;
        if (this.#valueIsMasked(unit.readInt32BE(0))) {
          this.#length = Buffer.from(unit);
          if (cut) this.#output.replace(start, end);
          else this.#lengthAt = start;
          return;
        }
        break;
      case 'value':
        this.#value(unit, start, end);
        return;
      default:
        this.#unit satisfies never;
    }
    if (cut) this.#output.replace(start, end, unit);
  }

  #header(header: Buffer): void {
    const isOurs = header.subarray(0, signature.length).equals(signature);
    // Of the flags only those of the lower half may be passed over.
    const critical = header.readUInt16BE(signature.length);
    const extension = header.readInt32BE(signature.length + 4);
    if (!isOurs || critical !== 0 || extension < 0) throw unreadableCopy('is of an unknown format');
    this.#passing = extension;
    this.#unit = 'count';
  }

  #count(count: number): void {
    if (count === -1) {
      this.#ended = true;
      return;
    }
    if (count !== this.#masks.length) throw unreadableCopy('does not match its description');
    this.#column = -1;
    this.#nextColumn();
  }

  #nextColumn(): void {
    this.#column += 1;
    this.#unit = this.#column < this.#masks.length ? 'length' : 'count';
  }

  get #mask(): ValueMask | null {
    return this.#masks[this.#column] ?? null;
  }

  #valueIsMasked(length: number): boolean {
    if (length < -1) throw unreadableCopy('has a value of a negative length');
    if (length <= 0 && (length < 0 || this.#mask === null)) {
      this.#nextColumn();
      return false;
    }
    if (this.#mask === null) {
      this.#passing = length;
      this.#nextColumn();
      return false;
    }
    if (length > maxHeldBytes) throw unreadableCopy('has a value too long to be masked');
    this.#valueBytes = length;
    this.#unit = 'value';
    return true;
  }

  #nullIsMasked(length: number, start: number, end: number): boolean {
    const absent = this.#mask?.absent;
    if (length !== -1 || absent === undefined) return false;
    const written = Buffer.alloc(lengthBytes);
    written.writeInt32BE(absent.length, 0);
    this.#output.replace(start, end, Buffer.concat([written, absent]));
    this.#nextColumn();
    return true;
  }

  get #isEmptyValue(): boolean {
    return this.#unit === 'value' && this.#valueBytes === 0;
  }

  /** Nothing of a masked value is in what leaves with this piece. */
  #holdLength(): void {
    if (this.#lengthAt === -1) return;
    this.#output.replace(this.#lengthAt, this.#lengthAt + lengthBytes);
    this.#lengthAt = -1;
  }

  /** With the length before it, as they came or masked. */
  #value(value: Buffer, start: number, end: number): void {
    const masked = this.#mask === null ? value : this.#mask.value(value);
    const isWhole = this.#lengthAt !== -1;
    const from = isWhole ? this.#lengthAt : start;
    this.#lengthAt = -1;
    this.#nextColumn();
    if (isWhole && masked === value) return;
    this.#length.writeInt32BE(masked === null ? -1 : masked.length, 0);
    this.#output.replace(from, end, Buffer.concat([this.#length, masked ?? nothing]));
  }
}
