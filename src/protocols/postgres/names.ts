import type { Decidable } from '../../core/operation.ts';
import type { Run } from './runs.ts';
import type { ParsedStatement } from './sql/parser.ts';

/** A prepared statement: by Parse or by SQL PREPARE, which share one name space. */
export interface PreparedStatement {
  readonly text: string;
  readonly decidable: Decidable;
  readonly statements: readonly ParsedStatement[];
  readonly parameterTypes: readonly number[];
}

/** A portal: by Bind or by DECLARE CURSOR, which share one name space. */
export interface Portal {
  readonly decidable: Decidable;
  readonly text: string;
  readonly statements: readonly ParsedStatement[];
  /** Set when Bind has left; a cursor's operation was the DECLARE. */
  readonly operation: { run: Run | null };
  /** WITH HOLD: outlives its transaction. */
  readonly hold: boolean;
}

export type Lookup<Entry> =
  | { readonly kind: 'known'; readonly entry: Entry }
  | { readonly kind: 'uncertain' };

/**
 * What the server is known to have under each name. Changed only by what the server has
 * confirmed; everything else goes into a `NamesInFlight` on top. A name that this map does not
 * have is uncertain: code that nobody reviewed may have made it.
 */
export interface ServerNames {
  readonly statements: Map<string, PreparedStatement>;
  readonly portals: Map<string, Portal>;
}

export function createServerNames(): ServerNames {
  return { statements: new Map(), portals: new Map() };
}

/** After an operation that could have done anything, no name is certain any more. */
export function forgetAll(names: ServerNames): void {
  names.statements.clear();
  names.portals.clear();
}

/** Portals end with their transaction; cursors WITH HOLD do not. */
export function transactionEnded(names: ServerNames): void {
  for (const [name, portal] of names.portals) {
    if (!portal.hold) names.portals.delete(name);
  }
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
  readonly #statements = new Map<string, PreparedStatement | null>();
  readonly #portals = new Map<string, Portal | null>();
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
    this.#statements.set(name, entry);
  }

  setPortal(name: string, entry: Portal | null): void {
    this.#portals.set(name, entry);
  }

  /** SQL that will run inside the segment changes names of its own, or may. */
  willRun(statements: readonly ParsedStatement[], opaque: boolean): void {
    for (const statement of statements) {
      if (statement.kind === 'prepare' || statement.kind === 'deallocate') this.#blur('statements');
      if (statement.kind === 'declare' || statement.kind === 'close') this.#blur('portals');
      if (statement.kind === 'discard') this.#blur('statements', 'portals');
      if (statement.kind === 'commit' || statement.kind === 'rollback') this.#blur('portals');
    }
    if (opaque) this.#blur('statements', 'portals');
  }

  #blur(...which: ('statements' | 'portals')[]): void {
    if (which.includes('statements')) {
      this.#statements.clear();
      this.#statementsUncertain = true;
    }
    if (which.includes('portals')) {
      this.#portals.clear();
      this.#portalsUncertain = true;
    }
  }
}

function find<Entry>(
  name: string,
  own: ReadonlyMap<string, Entry | null>,
  uncertain: boolean,
  confirmed: ReadonlyMap<string, Entry>,
): Lookup<Entry> {
  const mine = own.get(name);
  if (mine === null) return { kind: 'uncertain' };
  const entry = mine ?? (uncertain ? undefined : confirmed.get(name));
  return entry === undefined ? { kind: 'uncertain' } : { kind: 'known', entry };
}

/** How names that a text uses are resolved: the texts behind them, or that one is uncertain. */
export type Resolution =
  | {
      readonly kind: 'resolved';
      readonly behind: readonly { text: string; decidable: Decidable }[];
    }
  | { readonly kind: 'uncertain'; readonly name: string };

/** Finds what EXECUTE, FETCH and MOVE in a text stand for. */
export function resolveNames(
  statements: readonly ParsedStatement[],
  names: Pick<NamesInFlight, 'statement' | 'portal'>,
): Resolution {
  const behind: { text: string; decidable: Decidable }[] = [];
  let blurred = false;
  for (const statement of statements) {
    if (statement.kind === 'execute' || statement.kind === 'fetch') {
      const name = statement.name ?? '';
      const found = statement.kind === 'execute' ? names.statement(name) : names.portal(name);
      if (blurred || found.kind === 'uncertain') return { kind: 'uncertain', name };
      behind.push(found.entry);
    }
    blurred ||= changesNames.has(statement.kind);
  }
  return { kind: 'resolved', behind };
}

const changesNames: ReadonlySet<ParsedStatement['kind']> = new Set([
  'prepare',
  'deallocate',
  'declare',
  'close',
  'discard',
]);
