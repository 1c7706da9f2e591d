/**
 * Cuts a text at offsets counted in its UTF-8 bytes, which is how PostgreSQL's parser counts.
 * For plain ASCII, by far the most, both counts agree.
 */
export class ByteSlicer {
  readonly #text: string;
  readonly #bytes: Buffer | null;

  constructor(text: string) {
    this.#text = text;
    this.#bytes = isAscii(text) ? null : Buffer.from(text, 'utf8');
  }

  /** Up to the end of the text when `end` is left out. */
  slice(start: number, end?: number): string {
    if (this.#bytes === null) return this.#text.slice(start, end);
    return this.#bytes.toString('utf8', start, end);
  }
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 127) return false;
  }
  return true;
}
