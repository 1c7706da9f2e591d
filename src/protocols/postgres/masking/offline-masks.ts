import type { ColumnMasking } from '../../../core/masking.ts';
import type { ParsedStatement, SqlParser } from '../sql/parser.ts';
import {
  type Assessment,
  assess,
  type KnownTable,
  type NameKnowledge,
} from '../sql/provenance/assess.ts';
import type { Item, Named, StatementShape } from '../sql/provenance/shape.ts';
import { copyRefusal } from './copy/copy-refusal.ts';
import { unreadable } from './unknown-names.ts';

/** What masked columns make of a text, as far as can be said without the database's catalog. */
export interface OfflineMasks {
  /** Whether one decides which rows there are, or in which order; null: it cannot be told. */
  readonly predicate: boolean | null;
  /** Why it is refused for certain; null: nothing says so. */
  readonly refusal: string | null;
  /** Whether the catalog may have it refused. */
  readonly mayBeRefused: boolean;
}

/** What a session masks of SQL. */
export interface OfflineMasking {
  readonly columns: ColumnMasking | null;
  /** Whether detectors look through its answers. */
  readonly text: boolean;
}

export type SqlText = Pick<SqlParser, 'shapes' | 'statements'>;

/**
 * Judges twice: by what the rules say of the tables that are named, which the gateway will know
 * at least, and as if any name might be masked. Where both agree, so will the gateway.
 */
export function offlineMasks(
  text: string,
  parser: SqlText,
  { columns, text: detects }: OfflineMasking,
): OfflineMasks {
  const statements = parser.statements(text);
  const shapes = parser.shapes(text);
  const atLeast = shapes.map((shape) =>
    columns === null ? null : assess(certain(shape), namedByRules(shape, columns)),
  );
  const atMost = shapes.map((shape) => assess(shape, unreadable));
  const refusals = (assessments: readonly (Assessment | null)[]) =>
    assessments.flatMap((each) => {
      if (each === null) return [];
      const copied = detects || !each.clean ? copyRefusal(each, statements) : null;
      return (columns === null ? null : each.refusal) ?? copied ?? [];
    });
  // What EXECUTE stands for only the session knows.
  const named = columns !== null && statements.some(({ kind }) => standing.has(kind));
  const possible = named || (columns !== null && atMost.some(({ predicate }) => predicate));
  return {
    predicate: atLeast.some((each) => each?.predicate === true) ? true : possible ? null : false,
    refusal: refusals(columns === null ? atMost : atLeast)[0] ?? null,
    mayBeRefused: named || refusals(atMost).length > 0,
  };
}

const standing: ReadonlySet<ParsedStatement['kind']> = new Set(['execute', 'fetch']);

/** What goes into a named column may go into one that is masked as well. */
function certain(shape: StatementShape): StatementShape {
  return { ...shape, moves: shape.moves.filter(({ column }) => column === null) };
}

const plain: KnownTable = { masked: new Set(), columns: new Set() };

/** Tables of which a rule names a column that the statement names too. */
function namedByRules(shape: StatementShape, masking: ColumnMasking): NameKnowledge {
  return {
    tables: (table) => {
      const masked = shape.ctes.has(table.name) ? noNames : maskedOf(table, shape, masking);
      return masked.size === 0 ? [plain] : [{ masked, columns: masked }];
    },
    isUserFunction: () => false,
    isPlainType: () => true,
    isConverted: () => false,
    convertsUnasked: false,
    loses: () => null,
    isRuled: () => false,
  };
}

const noNames: ReadonlySet<string> = new Set();

/** No schema has that name, so that only a rule for any schema matches it. */
const anySchema = '\u0001';

/** No table's own, whatever a glob says. */
const systemColumns: ReadonlySet<string> = new Set([
  ...['*', 'tableoid', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax'],
]);

function maskedOf(
  table: Named,
  shape: StatementShape,
  masking: ColumnMasking,
): ReadonlySet<string> {
  const { items, flows } = shape;
  const tables = items.filter((item) => item.kind === 'table');
  const given = new Set(flows.flatMap(({ into, rows }) => (rows ? [] : (into ?? []))));
  const only = tables.length === 1 && flows.every(({ into }) => into !== null);
  const names = tables
    .filter((item) => item.schema === table.schema && item.name === table.name)
    .map((item) => item.alias ?? item.name);
  const isOwn = (item: Extract<Item, { kind: 'column' }>) =>
    item.qualifier === null ? only && !given.has(item.name) : names.includes(item.qualifier);
  const schema = table.schema ?? anySchema;
  const masked = items.flatMap((item) => {
    if (item.kind !== 'column' || systemColumns.has(item.name) || !isOwn(item)) return [];
    const mask = masking.maskFor({ schema, table: table.name, column: item.name });
    return mask === null ? [] : [item.name];
  });
  return new Set(masked);
}
