import type { PgQueryModule } from 'libpg-query/wasm/libpg-query.js';
import type { JsonValue } from '../../../core/json.ts';

/** What PostgreSQL's parser said of a text. `position` counts characters from 1; 0 is unknown. */
export type RawParse =
  | { readonly kind: 'tree'; readonly tree: JsonValue }
  | { readonly kind: 'error'; readonly message: string; readonly position: number };

const encoder = new TextEncoder();
const bytesPerUnit = 3;

/**
 * One instance of the parser. Anything that it throws means that its memory can no longer be
 * trusted (a stack overflow inside it is not undone), so the instance must be dropped.
 */
export class ParserInstance {
  readonly #module: PgQueryModule;

  constructor(module: PgQueryModule) {
    this.#module = module;
  }

  /** Its memory only grows. */
  get memoryBytes(): number {
    return this.#module.HEAPU8.length;
  }

  parse(text: string): RawParse {
    const module = this.#module;
    const input = this.#write(text);
    const result = module._wasm_parse_query_raw(input);
    if (result === 0) throw new Error('the SQL parser has no memory left');
    const error = this.#word(result + 8);
    const outcome: RawParse =
      error === 0
        ? { kind: 'tree', tree: JSON.parse(module.UTF8ToString(this.#word(result))) }
        : {
            kind: 'error',
            message: module.UTF8ToString(this.#word(error)),
            position: this.#word(error + 16),
          };
    module._free(input);
    module._wasm_free_parse_result(result);
    return outcome;
  }

  /** The tokens of a text, comments included (see `tokens.ts`); null if it has none. */
  scan(text: string): JsonValue | null {
    const module = this.#module;
    const input = this.#write(text);
    const output = module._wasm_scan(input);
    const json = module.UTF8ToString(output);
    module._free(input);
    module._wasm_free_string(output);
    // Otherwise an error message.
    return json.startsWith('{') ? JSON.parse(json) : null;
  }

  #write(text: string): number {
    const size = text.length * bytesPerUnit + 1;
    const pointer = this.#module._malloc(size);
    if (pointer === 0) throw new Error('the SQL parser has no memory left');
    const heap = this.#module.HEAPU8;
    const { written } = encoder.encodeInto(text, heap.subarray(pointer, pointer + size - 1));
    heap[pointer + written] = 0;
    return pointer;
  }

  #word(pointer: number): number {
    return this.#module.HEAPU32[pointer >> 2] ?? 0;
  }
}
