import type { SqlClass } from '../../../core/facts.ts';
import type { SqlDecidable } from '../../../core/operation.ts';
import { ordered } from './findings.ts';

import { merge } from './merge.ts';
import type { ParsedStatement } from './parsed-statement.ts';
import { loadPgQuery, type PgQuery } from './pg-query.ts';
import type { StatementShape } from './provenance/shape.ts';
import { type ReadText, readShapes, readText } from './read-text.ts';
import { Recent } from './recent.ts';
import { Trust } from './trust.ts';

export type { NamedSetting, ParsedStatement } from './parsed-statement.ts';

export interface DecideOptions {
  /**
   * Functions (types, operators) trusted beyond the built-in list: `schema.name`, or `name` for
   * calls that leave the schema to search_path. Pass the same array each time.
   */
  readonly trustedFunctions: readonly string[];
}

/** PostgreSQL's own parser, and what it shows of a text. Never throws for what a client sent. */
export interface SqlParser {
  /** The same object for the same text and options, while it is remembered. */
  decidable(text: string, options: DecideOptions): SqlDecidable;
  /** Statements in order; empty for an empty query and for a text that does not parse. */
  statements(text: string): readonly ParsedStatement[];
  /** What each statement says of where its results come from; empty for what does not parse. */
  shapes(text: string): readonly StatementShape[];
  /**
   * Merges in what EXECUTE, FETCH and MOVE stand for: one entry for each statement of kind
   * `execute` or `fetch`, in order. Until then, and if the count differs, the class stays
   * unknown. The same object for the same arguments.
   */
  resolve(decidable: SqlDecidable, resolved: readonly SqlDecidable[]): SqlDecidable;
}

export interface SqlParserOptions {
  /** A longer text is barred. Default 1 MiB. */
  readonly maxTextBytes?: number;
  /** Roughly the memory that remembered texts may take. Default 8 MiB. */
  readonly cacheBytes?: number;
}

interface Remembered {
  readonly read: ReadText;
  readonly decidables: Map<string, SqlDecidable>;
}

/** A decidable that waits for the texts behind its names. */
interface Unresolved {
  readonly count: number;
  /** Its own classes, without `unknown` for want of those texts. */
  readonly classes: readonly SqlClass[];
  readonly merged: MergedBy;
}

/** Merges done before, by the first of the resolved, then by the next. */
interface MergedBy {
  readonly next: WeakMap<SqlDecidable, MergedBy>;
  result: SqlDecidable | null;
}

/** Takes about 30 ms. */
export async function loadSqlParser(options: SqlParserOptions = {}): Promise<SqlParser> {
  return new RememberingParser(await loadPgQuery(), options);
}

class RememberingParser implements SqlParser {
  readonly #query: PgQuery;
  readonly #maxTextBytes: number;
  readonly #texts: Recent<Remembered>;
  readonly #shapes: Recent<readonly StatementShape[]>;
  readonly #trusts = new WeakMap<readonly string[], Trust>();
  readonly #unresolved = new WeakMap<SqlDecidable, Unresolved>();

  constructor(query: PgQuery, { maxTextBytes = 1 << 20, cacheBytes = 8 << 20 }: SqlParserOptions) {
    this.#query = query;
    this.#maxTextBytes = maxTextBytes;
    this.#texts = new Recent(cacheBytes);
    this.#shapes = new Recent(cacheBytes);
  }

  decidable(text: string, { trustedFunctions }: DecideOptions): SqlDecidable {
    const { read, decidables } = this.#remembered(text);
    const trust = this.#trust(trustedFunctions);
    const key = read.findings.untrusted.length === 0 ? '' : trust.key;
    const known = decidables.get(key);
    if (known !== undefined) return known;
    const decidable = this.#decide(text, read, trust);
    decidables.set(key, decidable);
    return decidable;
  }

  statements(text: string): readonly ParsedStatement[] {
    return this.#remembered(text).read.statements;
  }

  shapes(text: string): readonly StatementShape[] {
    const known = this.#shapes.get(text);
    if (known !== undefined) return known;
    if (text.length > this.#maxTextBytes) return [];
    const shapes = readShapes(text, this.#query);
    const items = shapes.reduce((sum, shape) => sum + shape.items.length, 0);
    this.#shapes.set(text, shapes, 1024 + text.length * 2 + items * 160);
    return shapes;
  }

  resolve(decidable: SqlDecidable, resolved: readonly SqlDecidable[]): SqlDecidable {
    const unresolved = this.#unresolved.get(decidable);
    if (unresolved === undefined || unresolved.count !== resolved.length) return decidable;
    let { merged } = unresolved;
    for (const one of resolved) {
      const next: MergedBy = merged.next.get(one) ?? { next: new WeakMap(), result: null };
      merged.next.set(one, next);
      merged = next;
    }
    merged.result ??= merge(decidable, unresolved.classes, resolved);
    return merged.result;
  }

  #remembered(text: string): Remembered {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const read = readText(text, this.#query, this.#maxTextBytes);
    const remembered = { read, decidables: new Map() };
    if (read.lasting) this.#texts.set(text, remembered, weight(text, read));
    return remembered;
  }

  #trust(names: readonly string[]): Trust {
    const known = this.#trusts.get(names);
    if (known !== undefined) return known;
    const trust = new Trust(names);
    this.#trusts.set(names, trust);
    return trust;
  }

  #decide(text: string, { findings, summary }: ReadText, trust: Trust): SqlDecidable {
    const own = new Set(findings.classes);
    if (!findings.untrusted.every((name) => trust.covers(name))) own.add('opaque');
    const classes = ordered(own);
    const pending = findings.unresolved > 0;
    const decidable: SqlDecidable = {
      protocol: 'postgres',
      facts: {
        ...findings.facts,
        classes: pending ? ordered(own.add('unknown')) : classes,
      },
      text,
      summary,
      ...(findings.barred === null
        ? {}
        : { barred: { code: 'UNPARSEABLE', message: findings.barred } }),
    };
    if (pending) {
      const merged = { next: new WeakMap(), result: null };
      this.#unresolved.set(decidable, { count: findings.unresolved, classes, merged });
    }
    return decidable;
  }
}

/** Bytes, roughly: the text with what was cut from it, and each name that was found. */
function weight(text: string, { findings, statements }: ReadText): number {
  const { reads, writes, functions } = findings.facts;
  const names = reads.length + writes.length + functions.length + findings.untrusted.length;
  return 1024 + text.length * 4 + statements.length * 128 + names * 160;
}
