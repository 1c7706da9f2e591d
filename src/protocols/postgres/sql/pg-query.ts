import createModule from 'libpg-query/wasm/libpg-query.js';
import { ParserInstance, type RawParse } from './parser-instance.ts';
import { type Token, tokensOf } from './tokens.ts';

/**
 * An instance reserves 128 MiB, of which it touches little. One that has grown beyond this is
 * replaced: what a huge statement took would never come back.
 */
const maxMemoryBytes = 192 << 20;

export interface PgQuery {
  parse(text: string): RawParse | NoParse;
  /** Tokens of a text; none if it has errors. Throws if the scanner fails. */
  tokens(text: string): readonly Token[];
}

/** `gave_up`: nesting too deep. `replaced`: it gave up just now, and there is no other yet. */
export interface NoParse {
  readonly kind: 'gave_up' | 'replaced';
}

/**
 * PostgreSQL's parser with a spare. A statement nested deeply enough overflows the stack inside
 * WebAssembly and leaves that instance damaged: after some 28 of them it crashes on `select 1`.
 * So an instance that threw is never used again, and the spare takes over at once.
 */
export async function loadPgQuery(): Promise<PgQuery> {
  let current: ParserInstance | null = new ParserInstance(await createModule());
  let spare: ParserInstance | null = null;
  let loading = false;

  function replenish(): void {
    if (loading || (current !== null && spare !== null)) return;
    loading = true;
    createModule().then(
      (module) => {
        loading = false;
        if (current === null) current = new ParserInstance(module);
        else spare = new ParserInstance(module);
        replenish();
      },
      () => {
        // Without an instance every statement is barred; the next one tries to load again.
        loading = false;
      },
    );
  }

  function use<Result>(work: (instance: ParserInstance) => Result): Result | NoParse {
    const instance = current;
    if (instance === null) {
      replenish();
      return { kind: 'replaced' };
    }
    try {
      const result = work(instance);
      if (instance.memoryBytes > maxMemoryBytes) drop();
      return result;
    } catch {
      drop();
      return { kind: 'gave_up' };
    }
  }

  function drop(): void {
    current = spare;
    spare = null;
    replenish();
  }

  replenish();
  return {
    parse: (text) => use((instance) => instance.parse(text)),
    tokens(text) {
      const tokens = use((instance) => tokensOf(instance.scan(text)));
      if ('kind' in tokens) throw new Error(`the SQL scanner ${tokens.kind}`);
      return tokens;
    },
  };
}
