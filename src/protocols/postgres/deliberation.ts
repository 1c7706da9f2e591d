import { andThen, type Eventual } from '../../core/eventual.ts';
import type { Clearance, OperationGate } from '../../core/gate.ts';
import type { SqlDecidable, SqlOperation } from '../../core/operation.ts';
import { Group, isOpaque, leavesFailure } from './group.ts';
import type { ResultMasks } from './masking/result-masks.ts';
import {
  type Named,
  NamesInFlight,
  type Portal,
  type PreparedStatement,
  resolveNames,
  simpleQuerySent,
} from './names.ts';
import { type OperationContext, uncertainDecidable } from './operations.ts';
import type { ReplyTracker } from './replies.ts';
import type { SessionState } from './session-state.ts';
import type { ParsedStatement } from './sql/parser.ts';
import type { Assessment } from './sql/provenance/assess.ts';
import type { EffectsDeps } from './statement-effects.ts';

export interface DeliberationDeps extends EffectsDeps {
  readonly gate: OperationGate;
  readonly tracker: ReplyTracker;
  readonly state: SessionState;
  readonly database: string;
  readonly upstreamUser: string;
  /** Asks the gate, holding the client for as long as it takes. */
  readonly decide: (operation: SqlOperation) => Eventual<Clearance>;
}

/** A text with what its names stand for. */
export interface Reading {
  readonly statements: readonly ParsedStatement[];
  readonly decidable: SqlDecidable;
  readonly behind: readonly Named[];
  /** What is masked of its answers; null: they pass as they are. */
  readonly assessments: readonly Assessment[] | null;
}

/**
 * `doomed`: nobody is asked, because the transaction has failed and the server refuses it
 * anyway.
 */
export type Ruling = Clearance | { readonly kind: 'doomed' };

const plannedAtBind: ReadonlySet<string> = new Set([
  ...['select', 'insert', 'update', 'delete', 'merge'],
]);

/** What deciding needs to know of the session, for simple Query and for segments alike. */
export class Deliberation {
  readonly deps: DeliberationDeps;
  readonly group = new Group();

  constructor(deps: DeliberationDeps) {
    this.deps = deps;
  }

  names(): NamesInFlight {
    return new NamesInFlight(this.deps.names);
  }

  read(text: string, names: NamesInFlight): Reading {
    const { parser } = this.deps;
    const own = { text, decidable: this.own(text), statements: parser.statements(text) };
    return this.resolve(own, names);
  }

  /** The text by itself, names unresolved. */
  own(text: string): SqlDecidable {
    const { parser, trustedFunctions } = this.deps;
    return parser.decidable(text, { trustedFunctions });
  }

  resolve(
    { text, decidable, statements }: Pick<PreparedStatement, 'text' | 'decidable' | 'statements'>,
    names: NamesInFlight,
    bound?: SqlDecidable,
  ): Reading {
    const resolution = resolveNames(statements, names);
    if (resolution.kind === 'uncertain') {
      const { barred } = uncertainDecidable('the name', resolution.name);
      return { statements, decidable: { ...decidable, barred }, behind: [], assessments: null };
    }
    const { behind } = resolution;
    const whole = behind.length === 0 ? decidable : this.#merged(decidable, behind);
    const { masking } = this.deps;
    if (masking === null) return { statements, decidable: whole, behind, assessments: null };
    const judged = masking.judge({
      ...{ text, decidable: whole, statements, behind },
      ...(bound === undefined ? {} : { bound }),
    });
    return { statements, behind, ...judged };
  }

  #merged(decidable: SqlDecidable, behind: readonly Named[]): SqlDecidable {
    const resolved = behind.map((entry) => entry.decidable);
    return this.deps.parser.resolve(decidable, resolved);
  }

  /** For the answers to a reading's statements, or null where they pass. */
  masksFor({ assessments }: Pick<Reading, 'assessments'>): ResultMasks | null {
    return assessments === null ? null : (this.deps.masking?.results(assessments) ?? null);
  }

  /**
   * Whether a portal would still be masked as it is. Only what the server plans at Bind means then
   * what it will mean: COPY, CREATE TABLE AS and their like find their relations when they run.
   */
  masksAsBound(portal: Portal, names: NamesInFlight): boolean {
    if (this.deps.masking?.masksColumns !== true) return true;
    const { statements } = portal.decidable.facts;
    if (portal.cursor || statements.every((tag) => plannedAtBind.has(tag))) return true;
    const { decidable, assessments } = this.resolve(portal, names, portal.decidable);
    if (decidable.barred !== undefined) return false;
    return assessments === null ? portal.masks === null : portal.masks?.isOf(assessments) === true;
  }

  ask(operation: SqlOperation, statements: readonly ParsedStatement[]): Eventual<Ruling> {
    const { gate, tracker, decide } = this.deps;
    const failed = tracker.transaction === 'failed' && !this.group.recovering;
    if (
      failed &&
      !statements.some(leavesFailure) &&
      gate.foresee(operation.decidable).kind === 'review'
    ) {
      return { kind: 'doomed' };
    }
    return andThen(decide(operation), (clearance): Ruling => {
      if (clearance.kind === 'cleared') this.#cleared(operation.decidable, statements);
      return clearance;
    });
  }

  /** Noted now and not when the server has confirmed it, because more may come in one pipeline. */
  #cleared(decidable: SqlDecidable, statements: readonly ParsedStatement[]): void {
    this.group.clearedNow(decidable);
    this.deps.masking?.cleared(decidable);
    for (const statement of statements) {
      if (statement.kind === 'set') {
        this.deps.state.meaningChanged(statement.text, statement.setting?.name ?? null);
      }
      if (statement.kind === 'discard') this.deps.state.meaningChanged(statement.text);
    }
  }

  /** `alone`: the operation is all that its segment holds. */
  context(alone: boolean): OperationContext {
    const { database, upstreamUser, state, tracker } = this.deps;
    const { transaction } = tracker;
    const pipelined = this.group.cleared;
    return { database, upstreamUser, state, transaction, pipelined, alone };
  }

  /** A permitted operation is leaving. */
  sent(decidable: SqlDecidable, text: string): void {
    const { state, tracker } = this.deps;
    state.operationSent(decidable.summary, tracker.transaction);
    this.group.sent(decidable);
    if (isOpaque(decidable)) state.meaningChanged(text);
  }

  /** A simple Query or FunctionCall is leaving, whatever the server makes of it. */
  simpleSent(): void {
    simpleQuerySent(this.deps.names);
  }
}
