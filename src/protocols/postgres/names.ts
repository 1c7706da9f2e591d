import type { SqlDecidable } from '../../core/operation.ts';
import type { ResultMasks } from './masking/result-masks.ts';
import { NameTable } from './name-table.ts';
import type { RunSlot } from './runs.ts';
import type { ParsedStatement } from './sql/parser.ts';

/** A prepared statement: by Parse or by SQL PREPARE, which share one name space. */
export interface PreparedStatement {
  /** As the server was sent it: for SQL PREPARE that whole statement, its types included. */
  readonly text: string;
  readonly decidable: SqlDecidable;
  readonly statements: readonly ParsedStatement[];
  readonly parameterTypes: readonly number[];
  /** Whose answer an error of its Parse is, until the server has taken that; null for SQL PREPARE. */
  parsing: { operation: RunSlot | null } | null;
}

/** A portal: by Bind or by DECLARE CURSOR, which share one name space. */
export interface Portal {
  readonly decidable: SqlDecidable;
  readonly text: string;
  readonly statements: readonly ParsedStatement[];
  /** What its EXECUTE or FETCH stood for when it was bound. */
  readonly behind: readonly Named[];
  /** Made by DECLARE; the operation that was decided was the DECLARE. */
  readonly cursor: boolean;
  /** Filled when Bind leaves. */
  readonly operation: RunSlot;
  /** What is masked of its rows; null: they pass as they are. */
  readonly masks: ResultMasks | null;
  /** WITH HOLD: outlives its transaction. */
  readonly hold: boolean;
}

export type Named = PreparedStatement | Portal;

export type Lookup<Entry> =
  | { readonly kind: 'known'; readonly entry: Entry }
  | { readonly kind: 'uncertain' };

/**
 * What the server is known to have under each name. Changed only by what the server has
 * confirmed; everything else goes into a `NamesInFlight` on top. A name that this map does not
 * have is uncertain: code that nobody reviewed may have made it.
 */
export interface ServerNames {
  readonly statements: NameTable<PreparedStatement>;
  readonly portals: NameTable<Portal>;
}

export function createServerNames(): ServerNames {
  return { statements: new NameTable(), portals: new NameTable() };
}

/** After an operation that could have done anything, no name is certain any more. */
export function forgetAll(names: ServerNames): void {
  names.statements.clear();
  names.portals.clear();
}

/** Portals end with their transaction; cursors WITH HOLD may not. */
export function transactionEnded(names: ServerNames): void {
  names.portals.retain(outlivesTransaction);
}

function outlivesTransaction({ hold }: Portal): boolean {
  return hold;
}

/** A simple Query destroys the unnamed statement and portal before anything else. */
export function simpleQuerySent(names: ServerNames): void {
  names.statements.delete('');
  names.portals.delete('');
}

/**
 * The names as they will be if every message of the segment so far succeeds. When one does not,
 * the server skips the rest of the segment, so nothing is ever run under a wrong name.
 */
export class NamesInFlight {
  readonly #confirmed: ServerNames;
  /** Null for what is closed. Made when first needed: most segments name at most a portal anew. */
  #statements: NameTable<PreparedStatement | null> | null = null;
  #portals: NameTable<Portal | null> | null = null;
  #statementsUncertain = false;
  #portalsUncertain = false;

  constructor(confirmed: ServerNames) {
    this.#confirmed = confirmed;
  }

  statement(name: string): Lookup<PreparedStatement> {
    return find(name, this.#statements, this.#statementsUncertain, this.#confirmed.statements);
  }

  portal(name: string): Lookup<Portal> {
    return find(name, this.#portals, this.#portalsUncertain, this.#confirmed.portals);
  }

  setStatement(name: string, entry: PreparedStatement | null): void {
    this.#statements ??= new NameTable();
    this.#statements.set(name, entry);
  }

  setPortal(name: string, entry: Portal | null): void {
    this.#portals ??= new NameTable();
    this.#portals.set(name, entry);
  }

  /** SQL that will run inside the segment changes names of its own, or may. */
  willRun(statements: readonly ParsedStatement[], opaque: boolean): void {
    for (const statement of statements) {
      if (statement.kind === 'prepare' || statement.kind === 'deallocate') this.#blur('statements');
      if (statement.kind === 'declare' || statement.kind === 'close') this.#blur('portals');
      if (statement.kind === 'discard') this.#blur('statements', 'portals');
      if (endsPortals.has(statement.kind)) this.#blur('portals');
    }
    if (opaque) this.#blur('statements', 'portals');
  }

  #blur(...which: ('statements' | 'portals')[]): void {
    if (which.includes('statements')) {
      this.#statements = null;
      this.#statementsUncertain = true;
    }
    if (which.includes('portals')) {
      this.#portals = null;
      this.#portalsUncertain = true;
    }
  }
}

/** Ends a transaction, or part of one, with the portals that were made in it. */
export const endsPortals: ReadonlySet<ParsedStatement['kind']> = new Set([
  'commit',
  'rollback',
  'rollback_to',
  'prepare_transaction',
]);

function find<Entry>(
  name: string,
  own: NameTable<Entry | null> | null,
  uncertain: boolean,
  confirmed: NameTable<Entry>,
): Lookup<Entry> {
  const mine = own?.get(name);
  if (mine === null) return { kind: 'uncertain' };
  const entry = mine ?? (uncertain ? undefined : confirmed.get(name));
  return entry === undefined ? { kind: 'uncertain' } : { kind: 'known', entry };
}

/** How names that a text uses are resolved: the texts behind them, or that one is uncertain. */
export type Resolution =
  | { readonly kind: 'resolved'; readonly behind: readonly Named[] }
  | { readonly kind: 'uncertain'; readonly name: string };

/** Finds what EXECUTE, FETCH and MOVE in a text stand for. */
export function resolveNames(
  statements: readonly ParsedStatement[],
  names: Pick<NamesInFlight, 'statement' | 'portal'>,
): Resolution {
  if (!statements.some(usesName)) return nothingBehind;
  const behind: Named[] = [];
  let blurred = false;
  for (const statement of statements) {
    if (statement.kind === 'execute' || statement.kind === 'fetch') {
      const entry = blurred ? null : entryFor(statement, names);
      if (entry === null) return { kind: 'uncertain', name: statement.name };
      behind.push(entry);
    }
    blurred ||= changesNames.has(statement.kind);
  }
  return { kind: 'resolved', behind };
}

/** Of nearly every statement, so made once. */
const nothingBehind: Resolution = { kind: 'resolved', behind: [] };

function usesName({ kind }: ParsedStatement): boolean {
  return kind === 'execute' || kind === 'fetch';
}

/**
 * Null where it cannot be told what would run. That is also so for a prepared PREPARE or CLOSE,
 * which changes names when it is executed, and for FETCH from a portal of Bind, whose run is
 * followed by the protocol's Execute alone.
 */
function entryFor(
  statement: Extract<ParsedStatement, { kind: 'execute' | 'fetch' }>,
  names: Pick<NamesInFlight, 'statement' | 'portal'>,
): Named | null {
  if (!foldsAlike(statement.name)) return null;
  if (statement.kind === 'fetch') {
    const found = names.portal(statement.name);
    return found.kind === 'known' && found.entry.cursor ? found.entry : null;
  }
  const found = names.statement(statement.name);
  if (found.kind === 'uncertain') return null;
  const plain = found.entry.statements.every((inner) => inner.kind === 'other');
  return plain ? found.entry : null;
}

/**
 * Names in SQL are folded and cut by the server in its own encoding, which need not be UTF-8.
 * Outside ASCII the parser here may come to another name.
 */
export function foldsAlike(name: string): boolean {
  return /^[\x20-\x7e]*$/.test(name);
}

/** Whether a portal's EXECUTE or FETCH still stands for what it did when it was bound. */
export function standsAsBound(
  { statements, behind }: Portal,
  names: Pick<NamesInFlight, 'statement' | 'portal'>,
): boolean {
  if (behind.length === 0) return true;
  const now = resolveNames(statements, names);
  if (now.kind === 'uncertain' || now.behind.length !== behind.length) return false;
  return now.behind.every((entry, index) => entry === behind[index]);
}

const changesNames: ReadonlySet<ParsedStatement['kind']> = new Set([
  'prepare',
  'deallocate',
  'declare',
  'close',
  'discard',
]);
