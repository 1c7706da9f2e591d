import { compileGlob } from '../core/glob.ts';
import { nearest } from '../core/nearest.ts';

/** Objects that PostgreSQL's command tags create, alter or drop (src/include/tcop/cmdtaglist.h). */
const objects = `access_method aggregate cast collation conversion database
  default_privileges domain event_trigger extension foreign_data_wrapper foreign_table function
  index language large_object materialized_view operator operator_class operator_family owned
  policy procedure publication role routine rule schema sequence server statistics subscription
  system table tablespace text_search_configuration text_search_dictionary text_search_parser
  text_search_template transform trigger type user_mapping view`.split(/\s+/);

const others = `analyze begin call checkpoint close_cursor close_cursor_all cluster comment commit
  commit_prepared copy create_table_as deallocate deallocate_all declare_cursor delete discard_all
  discard_plans discard_sequences discard_temp do execute explain fetch grant grant_role
  import_foreign_schema insert listen load lock_table merge move notify prepare
  prepare_transaction reassign_owned refresh_materialized_view reindex release reset revoke
  revoke_role rollback rollback_prepared savepoint security_label select select_into set
  set_constraints show start_transaction truncate_table unlisten update vacuum`.split(/\s+/);

/** What is no SQL and has no tag: parameters of the startup message, and the fast path's call. */
const untagged = ['startup_options', 'startup_replication', 'function_call'];

/** Every name that a rule may give under `sql.statements`. */
export const statementNames: readonly string[] = [
  ...others,
  ...untagged,
  ...objects.flatMap((object) => [`create_${object}`, `alter_${object}`, `drop_${object}`]),
];
const known: ReadonlySet<string> = new Set(statementNames);

/**
 * Why a rule that names this statement, or glob, could never match: a misspelt name in a deny
 * rule would let everything through. Null when it can.
 */
export function statementProblem(glob: string): string | null {
  if (known.has(glob)) return null;
  if (glob.includes('*') && statementNames.some(compileGlob(glob))) return null;
  const near = nearest(glob, statementNames);
  return `${JSON.stringify(glob)} is no statement${near === null ? '; statements are command tags such as drop_table' : `; did you mean ${near}?`}`;
}
