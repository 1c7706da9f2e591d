import { maxEventStart, writeEventStart } from './event-start.ts';

const leastBytes = 4 * 1024;
/** A character of UTF-16 takes at most three bytes of UTF-8. */
const bytesPerCharacter = 3;

/**
 * Lines that wait to be written, as the bytes that they will be: nothing of them is kept as
 * strings, which a busy session would carry through several collections. Two buffers take turns.
 */
export class PendingLines {
  #bytes: Buffer = nothing;
  #length = 0;
  #spare: Buffer | null = null;

  get length(): number {
    return this.#length;
  }

  add(line: string): void {
    this.#makeRoom(line.length * bytesPerCharacter);
    this.#length += this.#bytes.write(line, this.#length, 'utf8');
  }

  /** The line of an event; `tail` is how it ends. */
  addEvent(at: number, operation: number | null, tail: Buffer): void {
    this.#makeRoom(maxEventStart + tail.length);
    this.#length = writeEventStart(this.#bytes, this.#length, at, operation);
    this.#bytes.set(tail, this.#length);
    this.#length += tail.length;
  }

  /** All of it. Whoever has written it gives it back. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = this.#spare ?? nothing;
    this.#spare = null;
    this.#length = 0;
    return taken;
  }

  /** What a session that has become quiet would hardly fill is let go. */
  giveBack({ buffer, byteOffset, length }: Buffer): void {
    if (length * 4 >= buffer.byteLength) {
      this.#spare = Buffer.from(buffer, byteOffset, buffer.byteLength);
    }
  }

  clear(): void {
    this.#bytes = nothing;
    this.#length = 0;
    this.#spare = null;
  }

  #makeRoom(most: number): void {
    if (this.#bytes.length - this.#length < most) this.#grow(this.#length + most);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(leastBytes, needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

const nothing = Buffer.alloc(0);
