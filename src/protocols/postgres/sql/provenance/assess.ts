import type { Change, Loss } from './change.ts';
import type { Copy, Named, Span, StatementShape } from './shape.ts';
import { Taint } from './taint.ts';

/** What is known of the relations that a name may mean. */
export interface KnownTable {
  /** Columns of which values are masked. */
  readonly masked: ReadonlySet<string>;
  /** All columns, where any is masked. */
  readonly columns: ReadonlySet<string>;
}

export interface NameKnowledge {
  /**
   * Every relation that a name may mean; null where none is known. A null schema may be any; the
   * name `*` is every relation of a schema.
   */
  tables(table: Named): readonly KnownTable[] | null;
  /** Whether somebody has made a function or an operator of that name. */
  isUserFunction(name: string): boolean;
  /** Whether a type of somebody's has that name, and no conversion to it runs a function of somebody's. */
  isPlainType(name: string): boolean;
  /** Whether a conversion to a type of that name, PostgreSQL's own too, may run one. */
  isConverted(name: string): boolean;
  /** Whether values may be converted by one where the statement does not say so. */
  readonly convertsUnasked: boolean;
  /** What a change would leave unmasked that is masked; null: nothing. */
  loses(change: Change): Loss | null;
  /** Whether a rule may name a column of that table, or that one. Null for any column. */
  isRuled(table: Named, column: string | null): boolean;
}

/** What one statement has to do with masked columns. */
export interface Assessment {
  /** It touches nothing that is masked, and runs nothing that might. */
  readonly clean: boolean;
  /** Why it cannot run at all; null: it can, with its results masked. */
  readonly refusal: string | null;
  /** A masked column decides which rows there are, or in which order. */
  readonly predicate: boolean;
  readonly copy: Copy | null;
  readonly keepsExecuted: boolean;
  /** Results of its queries by arm, for `explain` without a server: null where unknown. */
  readonly outputs: StatementShape['outputs'];
  /**
   * Whether a result column that is no table's own is proven to hold nothing masked: column
   * `index` of `count`, under the name `name`.
   */
  proves(index: number, count: number, name: string): boolean;
  /** Whether a part of it holds anything masked. */
  taints(span: Span): boolean;
  /** Code that the statement does not show may have a part in its results and errors. */
  readonly opaque: boolean;
}

/** Judges a statement by names: whatever could be a masked column under any reading counts as one. */
export function assess(shape: StatementShape, known: NameKnowledge): Assessment {
  const taint = new Taint(shape, known);
  const { predicates, outputs } = shape;
  const clean = !taint.touched && !shape.opaque;
  return {
    clean,
    copy: shape.copy,
    keepsExecuted: shape.keepsExecuted,
    outputs,
    opaque: shape.opaque || taint.runsOther,
    refusal: refusalOf(shape, taint, known),
    predicate: taint.touched && predicates.some((span) => taint.names(span)),
    taints: (span) => taint.holds(span),
    proves(index, count, name) {
      if (clean) return true;
      if (shape.opaque || outputs === null) return false;
      if (shape.plan) return !taint.runsOther;
      return outputs.every((arm) => {
        const stars = arm.filter(({ star }) => star).length;
        const output = stars === 0 ? exactly(arm, index, count) : aside(arm, index, count);
        if (output === null) return stars > 0 && outputs.length === 1 && !taint.named(name);
        return !output.star && !taint.holds(output.span);
      });
    },
  };
}

type Outputs = NonNullable<StatementShape['outputs']>[number];

function exactly(arm: Outputs, index: number, count: number): Outputs[number] | null {
  return arm.length === count ? (arm[index] ?? null) : null;
}

/** The output that is column `index`, before the first star or behind the last; else null. */
function aside(arm: Outputs, index: number, count: number): Outputs[number] | null {
  const first = arm.findIndex(({ star }) => star);
  if (index < first) return arm[index] ?? null;
  const last = arm.findLastIndex(({ star }) => star);
  const fromEnd = count - 1 - index;
  const behind = arm.length - 1 - last;
  return fromEnd < behind ? (arm[arm.length - 1 - fromEnd] ?? null) : null;
}

function refusalOf(shape: StatementShape, taint: Taint, known: NameKnowledge): string | null {
  for (const { span, table, column } of shape.moves) {
    if (!taint.keeps(span)) continue;
    if (table !== null && column !== null && isMasked(table, column, known)) continue;
    const where = table === null ? 'another place' : shown(table);
    return taint.unknown === null
      ? `it would store what is masked in ${where}`
      : `it would store in ${where} what may be masked: ${notKnown(taint.unknown)}`;
  }
  if (shape.handed.some((span) => taint.mentions(span))) {
    return 'it hands what is masked to a function that may keep it';
  }
  for (const change of shape.changes) {
    const loss = known.loses(change);
    if (loss !== null) return lossRefusal(change, loss);
  }
  if (shape.copy?.to === 'elsewhere' && (taint.touched || shape.opaque)) {
    return 'it would copy what is masked to another place';
  }
  return null;
}

function lossRefusal(change: Change, { kind, relation }: Loss): string {
  if (kind === 'unknown') return `it may take a mask away: ${notKnown(relation)}`;
  if (change.kind === 'catalog_written')
    return 'it would write what tells which columns are masked';
  return change.kind === 'renamed'
    ? `it would change the names by which ${shown(relation)} is masked`
    : `it would cut what ${shown(relation)} is masked for`;
}

function notKnown(relation: Named): string {
  return `what ${shown(relation)} holds cannot be told from the catalog and what the transaction did`;
}

/** Under every reading of the table's name. */
function isMasked(table: Named, column: string, known: NameKnowledge): boolean {
  const tables = known.tables(table) ?? [];
  return tables.length > 0 && tables.every(({ masked }) => masked.has(column));
}

function shown({ schema, name }: Named): string {
  if (name === '*') return `a relation of ${schema ?? 'any schema'}`;
  return schema === null ? name : `${schema}.${name}`;
}
