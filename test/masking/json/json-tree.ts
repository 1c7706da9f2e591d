/** A JSON text's value, with the place of each part: `[start, end)` in the text. */
export type JsonNode = JsonScalar | JsonText | JsonArray | JsonMap;

interface Placed {
  readonly start: number;
  readonly end: number;
}

/** A number, true, false or null, as it is written. */
interface JsonScalar extends Placed {
  readonly kind: 'scalar';
  readonly source: string;
}

export interface JsonText extends Placed {
  readonly kind: 'text';
  readonly text: string;
}

interface JsonArray extends Placed {
  readonly kind: 'array';
  readonly items: readonly JsonNode[];
}

export interface JsonMap extends Placed {
  readonly kind: 'map';
  /** Repeated keys are all there. */
  readonly members: readonly { readonly key: JsonText; readonly value: JsonNode }[];
}

const maxDepth = 200;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const blank = /[ \t\r\n]*/y;

class Unreadable extends Error {}

/** Null for what is no JSON (RFC 8259), or is nested more than 200 deep. */
export function readJsonTree(text: string): JsonNode | null {
  const reader = new Reader(text);
  try {
    return reader.whole();
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): JsonNode {
    const node = this.#value(0);
    this.#skipBlank();
    if (this.#at < this.#text.length) throw new Unreadable();
    return node;
  }

  #value(depth: number): JsonNode {
    if (depth > maxDepth) throw new Unreadable();
    this.#skipBlank();
    const first = this.#text[this.#at];
    if (first === '{') return this.#map(depth);
    if (first === '[') return this.#array(depth);
    return first === '"' ? this.#string() : this.#scalar();
  }

  #map(depth: number): JsonMap {
    const start = this.#at;
    const members: { key: JsonText; value: JsonNode }[] = [];
    this.#each('}', () => {
      this.#skipBlank();
      const key = this.#string();
      this.#skipBlank();
      this.#expect(':');
      members.push({ key, value: this.#value(depth + 1) });
    });
    return { kind: 'map', start, end: this.#at, members };
  }

  #array(depth: number): JsonArray {
    const start = this.#at;
    const items: JsonNode[] = [];
    this.#each(']', () => void items.push(this.#value(depth + 1)));
    return { kind: 'array', start, end: this.#at, items };
  }

  #each(close: string, read: () => void): void {
    this.#at += 1;
    this.#skipBlank();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      read();
      this.#skipBlank();
      if (this.#text[this.#at] === close) break;
      this.#expect(',');
    }
    this.#at += 1;
  }

  #string(): JsonText {
    const start = this.#at;
    this.#expect('"');
    while (this.#text[this.#at] !== '"') {
      if (this.#at >= this.#text.length) throw new Unreadable();
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at += 1;
    const end = this.#at;
    return { kind: 'text', start, end, text: unescaped(this.#text.slice(start, end)) };
  }

  #scalar(): JsonScalar {
    const start = this.#at;
    scalar.lastIndex = start;
    const source = scalar.exec(this.#text)?.[0];
    if (source === undefined) throw new Unreadable();
    this.#at += source.length;
    return { kind: 'scalar', start, end: this.#at, source };
  }

  #skipBlank(): void {
    blank.lastIndex = this.#at;
    blank.exec(this.#text);
    this.#at = blank.lastIndex;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw new Unreadable();
    this.#at += 1;
  }
}

function unescaped(source: string): string {
  if (!source.includes('\\')) return source.slice(1, -1);
  try {
    return String(JSON.parse(source));
  } catch {
    throw new Unreadable();
  }
}
