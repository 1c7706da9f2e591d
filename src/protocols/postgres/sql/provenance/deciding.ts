import type { JsonValue } from '../../../../core/json.ts';
import { words } from '../builtin-functions.ts';
import { type Fields, isObject, listOf, numberOf, unwrap } from '../tree.ts';

/** Fields of any node that decide which rows there are, or in which order. */
export const deciding: ReadonlySet<string> = new Set([
  ...['whereClause', 'havingClause', 'groupClause', 'sortClause', 'distinctClause'],
  ...['windowClause', 'limitOffset', 'limitCount', 'quals', 'joinCondition', 'condition'],
  ...['over', 'agg_filter', 'agg_order'],
]);

/** Functions of pg_catalog of which the arguments decide how many rows there are. */
export const setReturning: ReadonlySet<string> = words(`
_pg_expandarray aclexplode generate_series generate_subscripts json_array_elements
json_array_elements_text json_each json_each_text json_object_keys json_populate_recordset
json_to_recordset jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text
jsonb_object_keys jsonb_path_query jsonb_path_query_tz jsonb_populate_recordset jsonb_to_recordset
pg_get_keywords pg_get_publication_tables pg_listening_channels pg_options_to_table
pg_partition_ancestors pg_partition_tree pg_snapshot_xip regexp_matches regexp_split_to_table
string_to_table ts_debug ts_parse ts_token_type txid_snapshot_xip unnest
`);

/** DISTINCT without ON: rows that are equal in all of their columns are one. */
export function isDistinct({ distinctClause }: Fields): boolean {
  return distinctClause !== undefined && listOf(distinctClause).every((on) => unwrap(on) === null);
}

/** Result columns that ORDER BY, GROUP BY and DISTINCT ON name by number, from 1 on. */
export function positionsIn(query: Fields): readonly number[] {
  return [query.sortClause, query.groupClause, query.distinctClause].flatMap(numbersOf);
}

function numbersOf(value: JsonValue | undefined): number[] {
  return listOf(value).flatMap((item) => {
    const { kind, fields } = unwrap(item) ?? { kind: '', fields: {} };
    switch (kind) {
      case 'A_Const':
        return isObject(fields.ival) ? [numberOf(fields.ival.ival)] : [];
      case 'SortBy':
        return numbersOf([fields.node ?? null]);
      case 'GroupingSet':
        return numbersOf(fields.content);
      case 'RowExpr':
        return numbersOf(fields.args);
      default:
        return [];
    }
  });
}
