import { maxHandleBytes } from './packet-framer.ts';
import { WireFault } from './wire-fault.ts';

/** Reads the fields of one packet from front to back. Every read is checked against its end. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** Behind length and type, which must be those of the packet. */
  static ofPacket(raw: Buffer, type: number): FieldReader {
    if (raw.length < 5) throw new WireFault('TRUNCATED', 'packet is shorter than its start');
    if (raw.readUInt32BE(0) !== raw.length - 4) {
      throw new WireFault('BAD_LENGTH', 'packet length does not match its bytes');
    }
    if (raw[4] !== type) throw new WireFault('UNKNOWN_TYPE', 'packet is of another type');
    return new FieldReader(raw, 5);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** RFC 4251, section 5: all but 0 is true. */
  boolean(): boolean {
    return this.#bytes[this.#advance(1)] !== 0;
  }

  /** Everything that is left, as a view. */
  rest(): Buffer {
    const start = this.#advance(this.remaining);
    return this.#bytes.subarray(start);
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#advance(8));
  }

  /** A uint32 length and so many bytes, as a view of the packet. */
  string(): Buffer {
    const length = this.uint32();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A name of a file. With a NUL in it servers would read another one than we. */
  path(): Buffer {
    const path = this.string();
    if (path.includes(0)) throw new WireFault('BAD_PATH', 'path holds a NUL');
    return path;
  }

  handle(): Buffer {
    const handle = this.string();
    if (handle.length > maxHandleBytes) throw new WireFault('BAD_HANDLE', 'handle is too long');
    return handle;
  }

  /** A count of items that take at least `itemBytes` each, so that nobody allocates for a lie. */
  count(itemBytes: number): number {
    const count = this.uint32();
    if (count * itemBytes > this.remaining) {
      throw new WireFault('BAD_COUNT', `count ${count} is more than the packet holds`);
    }
    return count;
  }

  end(): void {
    if (this.remaining !== 0) {
      throw new WireFault('TRAILING_BYTES', `${this.remaining} bytes behind the last field`);
    }
  }

  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) {
      throw new WireFault('TRUNCATED', 'packet ends inside a field');
    }
    this.#at = start + length;
    return start;
  }
}
