import type { CopyFormat } from '../../sql/provenance/copy-format.ts';
import { Outgoing } from '../../wire/outgoing.ts';
import type { RowMask } from '../row-mask.ts';
import { CopyField } from './copy-field.ts';
import { type CopyMasker, maxHeldBytes, unreadableCopy } from './copy-masker.ts';

const newline = 0x0a;
const backslash = 0x5c;
const nothing = Buffer.alloc(0);

/** Where in a field the next byte stands. */
type Place =
  | 'start'
  | 'plain'
  /** Text: behind a backslash. */
  | 'escaped'
  | 'quoted'
  /** CSV: behind a byte in quotes that escapes the next one, or ends them. */
  | 'quote'
  /** CSV: behind an escape that is no quote. */
  | 'quoted-escape';

/** COPY data in lines: text and CSV. */
export class LineCopyMasker implements CopyMasker {
  readonly #masks: RowMask;
  readonly #field: CopyField;
  readonly #output = new Outgoing();
  readonly #delimiter: number;
  /** -1 where there are none. */
  readonly #quote: number;
  readonly #escape: number;
  readonly #isText: boolean;
  #place: Place = 'start';
  #column = 0;
  #inHeader: boolean;
  #begun = false;
  /** The beginning of a field that is masked and has not come whole. */
  readonly #held = new Outgoing();

  constructor(format: Exclude<CopyFormat, { kind: 'binary' }>, masks: RowMask) {
    this.#masks = masks;
    this.#field = new CopyField(format);
    this.#isText = format.kind === 'text';
    this.#delimiter = format.delimiter;
    this.#quote = format.kind === 'csv' ? format.quote : -1;
    this.#escape = format.kind === 'csv' ? format.escape : -1;
    this.#inHeader = format.header;
  }

  write(data: Buffer): Buffer {
    this.#output.begin(data);
    let start = 0;
    for (let at = 0; at < data.length; at += 1) {
      const byte = data[at] ?? 0;
      if (!this.#ends(byte)) continue;
      this.#fieldEnded(data, start, at);
      this.#next(byte === newline);
      start = at + 1;
    }
    if (start < data.length) this.#hold(data, start);
    return this.#output.end();
  }

  end(): void {
    if (this.#begun) throw unreadableCopy('ends inside a row');
  }

  /** Whether the byte ends the field that it stands behind. */
  #ends(byte: number): boolean {
    this.#begun = true;
    switch (this.#place) {
      case 'escaped':
        this.#place = 'plain';
        return false;
      case 'quoted':
        if (byte === this.#escape && this.#escape !== this.#quote) this.#place = 'quoted-escape';
        else if (byte === this.#quote) this.#place = 'quote';
        return false;
      case 'quoted-escape':
        this.#place = 'quoted';
        return false;
      case 'quote':
        if (this.#isEnd(byte)) return true;
        if (byte !== this.#quote || this.#escape !== this.#quote) {
          throw unreadableCopy('goes on behind a quoted field');
        }
        this.#place = 'quoted';
        return false;
      case 'start':
        this.#place = 'plain';
        if (byte !== this.#quote) return this.#endsPlain(byte);
        this.#place = 'quoted';
        return false;
      case 'plain':
        return this.#endsPlain(byte);
      default:
        return this.#place satisfies never;
    }
  }

  #endsPlain(byte: number): boolean {
    if (this.#isText && byte === backslash) {
      this.#place = 'escaped';
      return false;
    }
    return this.#isEnd(byte);
  }

  #isEnd(byte: number): boolean {
    return byte === this.#delimiter || byte === newline;
  }

  #fieldEnded(data: Buffer, start: number, end: number): void {
    const mask = this.#mask;
    if (mask === null) return;
    const piece = data.subarray(start, end);
    const isWhole = this.#held.length === 0;
    const field = isWhole ? piece : this.#heldWith(piece);
    const masked = this.#field.masked(field, mask);
    if (!isWhole || masked !== field) this.#output.replace(start, end, masked);
    this.#held.begin(nothing);
  }

  #heldWith(piece: Buffer): Buffer {
    this.#held.copy(piece, 0, piece.length);
    return this.#held.end();
  }

  /** Null where the field passes. */
  get #mask() {
    return this.#inHeader ? null : (this.#masks[this.#column] ?? null);
  }

  #next(isRowEnd: boolean): void {
    this.#place = 'start';
    this.#column += 1;
    if (!isRowEnd) return;
    // A row of no columns is an empty line, as is one of one column with nothing in it.
    if (this.#column !== Math.max(1, this.#masks.length)) {
      throw unreadableCopy('does not match its description');
    }
    this.#column = 0;
    this.#inHeader = false;
    this.#begun = false;
  }

  #hold(data: Buffer, start: number): void {
    if (this.#mask === null) return;
    const length = this.#held.length + data.length - start;
    if (length > maxHeldBytes) throw unreadableCopy('has a value too long to be masked');
    this.#held.copy(data, start, data.length);
    this.#output.replace(start, data.length);
  }
}
