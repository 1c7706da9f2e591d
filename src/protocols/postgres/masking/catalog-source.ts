import type { Eventual } from '../../../core/eventual.ts';
import type { SqlParser } from '../sql/parser.ts';
import { type Catalog, type CatalogPlace, readCatalogAgain } from './catalog.ts';

/** How long a change that nobody told of may go unseen. */
const maxAgeMs = 5_000;

/** The catalog of one database, shared by the sessions on it. */
export class CatalogSource {
  readonly #place: CatalogPlace;
  readonly #parser: SqlParser;
  #catalog: Catalog | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<Catalog> | null = null;

  constructor(place: CatalogPlace, parser: SqlParser) {
    this.#place = place;
    this.#parser = parser;
  }

  /** Something may have changed it: whoever asks next has it read again. */
  changed(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
    // One that is under way may have looked before the change.
    this.#reading = null;
  }

  /** Not older than `maxAge` milliseconds. Rejects when it cannot be read. */
  get(maxAge = maxAgeMs): Eventual<Catalog> {
    const fresh = performance.now() - this.#readAt <= maxAge;
    if (fresh && this.#catalog !== null) return this.#catalog;
    this.#reading ??= this.#read();
    return this.#reading;
  }

  #read(): Promise<Catalog> {
    const startedAt = performance.now();
    const reading = readCatalogAgain(this.#place, this.#parser, this.#catalog);
    const current = () => this.#reading === reading;
    reading.then(
      (catalog) => {
        if (!current()) return;
        this.#catalog = catalog;
        this.#readAt = startedAt;
        this.#reading = null;
      },
      () => {
        if (current()) this.#reading = null;
      },
    );
    return reading;
  }
}

/** One source for each database that sessions of an adapter are on. */
export class CatalogSources {
  readonly #sources = new Map<string, CatalogSource>();
  readonly #parser: SqlParser;

  constructor(parser: SqlParser) {
    this.#parser = parser;
  }

  /** `key` tells connections and their revisions apart. */
  of(key: string, place: CatalogPlace): CatalogSource {
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    if (this.#sources.size >= mostSources) this.#sources.clear();
    const source = new CatalogSource(place, this.#parser);
    this.#sources.set(key, source);
    return source;
  }
}

/** Revisions of the configuration leave some behind. */
const mostSources = 100;
