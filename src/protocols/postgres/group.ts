import type { SqlDecidable } from '../../core/operation.ts';
import type { ParsedStatement } from './sql/parser.ts';

const mostShown = 50;
const nothing: readonly string[] = [];

/** What has left for the server since its last ReadyForQuery, as far as later messages care. */
export class Group {
  #opaque = false;
  #unpinned = false;
  #recovering = false;
  readonly #cleared: string[] = [];

  /** What was let through, in words: the last 50. Copied, and mostly there is nothing to copy. */
  get cleared(): readonly string[] {
    return this.#cleared.length === 0 ? nothing : [...this.#cleared];
  }

  /** Something that could have changed any name has left. */
  get opaque(): boolean {
    return this.#opaque;
  }

  /** Something that could have changed a pinned setting has left. */
  get unpinned(): boolean {
    return this.#unpinned;
  }

  /** Something that ends a failed transaction is in it. */
  get recovering(): boolean {
    return this.#recovering;
  }

  willRun(statements: readonly ParsedStatement[]): void {
    this.#recovering ||= statements.some(leavesFailure);
  }

  clearedNow({ summary }: SqlDecidable): void {
    this.#cleared.push(summary);
    if (this.#cleared.length > mostShown) this.#cleared.shift();
  }

  sent(decidable: SqlDecidable): void {
    this.#opaque ||= isOpaque(decidable);
    this.#unpinned ||= mayUnpin(decidable);
  }

  /** At ReadyForQuery. Returns whether something opaque was in it. */
  ended(): boolean {
    const opaque = this.#opaque;
    this.#opaque = false;
    this.#unpinned = false;
    this.#recovering = false;
    this.#cleared.length = 0;
    return opaque;
  }
}

export function isOpaque({ facts }: SqlDecidable): boolean {
  return facts.classes.includes('opaque') || facts.classes.includes('unknown');
}

/** `dcl` too: an UPDATE of pg_settings sets settings. */
export function mayUnpin(decidable: SqlDecidable): boolean {
  return isOpaque(decidable) || decidable.facts.classes.includes('dcl');
}

const leaving: ReadonlySet<ParsedStatement['kind']> = new Set([
  'commit',
  'rollback',
  'rollback_to',
  'prepare_transaction',
]);

/** What a failed transaction still accepts. */
export function leavesFailure({ kind }: ParsedStatement): boolean {
  return leaving.has(kind);
}
