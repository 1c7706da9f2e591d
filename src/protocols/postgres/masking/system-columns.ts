/**
 * Columns of PostgreSQL's own relations, and of extensions, that hold values of other tables or
 * statements that others ran: masked wherever a rule masks any column.
 */
const telling: Readonly<Record<string, readonly string[]>> = {
  pg_statistic: ['stavalues1', 'stavalues2', 'stavalues3', 'stavalues4', 'stavalues5'],
  pg_statistic_ext_data: ['stxdndistinct', 'stxddependencies', 'stxdmcv', 'stxdexpr'],
  pg_stats: ['most_common_vals', 'histogram_bounds', 'most_common_elems'],
  pg_stats_ext: ['most_common_vals'],
  pg_stats_ext_exprs: ['most_common_vals', 'histogram_bounds', 'most_common_elems'],
  pg_stat_activity: ['query'],
  pg_stat_statements: ['query'],
  pg_prepared_statements: ['statement'],
  pg_cursors: ['statement'],
  pg_largeobject: ['data'],
  pg_subscription: ['subconninfo'],
  pg_user_mapping: ['umoptions'],
  pg_user_mappings: ['umoptions'],
};

const tellingColumns: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(telling).map(([table, columns]) => [table, new Set(columns)]),
);

export const tellingTables: readonly string[] = Object.keys(telling);

/** Of `pg_toast`: what was too long for its own table. */
const toastColumns: ReadonlySet<string> = new Set(['chunk_data']);

export function tellingColumnsOf(schema: string, table: string): ReadonlySet<string> | null {
  if (schema === 'pg_toast') return toastColumns;
  return tellingColumns.get(table) ?? null;
}
