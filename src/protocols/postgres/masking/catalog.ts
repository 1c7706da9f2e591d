import { RefusedError } from '../../../core/refusal.ts';
import type { SqlParser } from '../sql/parser.ts';
import type { StatementShape } from '../sql/provenance/shape.ts';
import type { PostgresTarget } from '../target.ts';
import type { ColumnDescription } from '../wire/backend/row-description.ts';
import { type CatalogRows, readCatalog, readFingerprint } from './catalog-query.ts';
import { SideConnection } from './side-connection.ts';

/** A view's columns as the server itself derives them, and its definition's text. */
export interface ViewReading {
  /** Null where the server could not tell. */
  readonly columns: readonly ColumnDescription[] | null;
  readonly shape: StatementShape | null;
}

/** One reading of a database's catalog. */
export interface Catalog extends CatalogRows {
  readonly readings: ReadonlyMap<number, ViewReading>;
  readonly fingerprint: string;
}

export interface CatalogPlace {
  readonly target: PostgresTarget;
  readonly database: string;
}

const timeLimitMs = 30_000;

/** The catalog as it is now: the same object while nothing in it has changed. */
export async function readCatalogAgain(
  { target, database }: CatalogPlace,
  parser: SqlParser,
  last: Catalog | null,
): Promise<Catalog> {
  const signal = AbortSignal.timeout(timeLimitMs);
  await using side = await SideConnection.open(target, database, signal);
  const fingerprint = await readFingerprint(side);
  if (last !== null && last.fingerprint === fingerprint && fingerprint !== '') return last;
  const rows = await readCatalog(side);
  const described = await side.describe(rows.views.map(({ text }) => text));
  const readings = rows.views.map(({ oid, text }, index): [number, ViewReading] => {
    const shapes = parser.shapes(text);
    const shape = shapes.length === 1 ? (shapes[0] ?? null) : null;
    return [oid, { columns: described[index] ?? null, shape }];
  });
  return { ...rows, readings: new Map(readings), fingerprint };
}

/** What a session is refused with when the catalog cannot be had. */
export function catalogUnknown(cause: unknown): RefusedError {
  const why = cause instanceof RefusedError ? `: ${cause.refusal.message}` : '';
  return new RefusedError(
    {
      code: 'UNMASKABLE',
      message: `the database's catalog could not be read, so nothing can be masked${why}`,
      hint: 'Try again in a moment; ask whoever runs the gateway if it stays so.',
    },
    { cause },
  );
}
