/**
 * Settings that a session may change by itself: how values look, how long things may take, what
 * the planner prefers, how loud the server is. Everything else decides what statements mean or
 * what they may do, or is somebody's guard, and is `dcl`.
 */
const harmless: ReadonlySet<string> = new Set([
  'application_name',
  'bytea_output',
  'client_min_messages',
  'cursor_tuple_fraction',
  'datestyle',
  'default_transaction_deferrable',
  'default_transaction_isolation',
  'effective_cache_size',
  'effective_io_concurrency',
  'enable_async_append',
  'enable_bitmapscan',
  'enable_gathermerge',
  'enable_hashagg',
  'enable_hashjoin',
  'enable_incremental_sort',
  'enable_indexonlyscan',
  'enable_indexscan',
  'enable_material',
  'enable_memoize',
  'enable_mergejoin',
  'enable_nestloop',
  'enable_parallel_append',
  'enable_parallel_hash',
  'enable_partition_pruning',
  'enable_partitionwise_aggregate',
  'enable_partitionwise_join',
  'enable_seqscan',
  'enable_sort',
  'enable_tidscan',
  'escape_string_warning',
  'from_collapse_limit',
  'geqo',
  'hash_mem_multiplier',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'intervalstyle',
  'jit',
  'join_collapse_limit',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'lock_timeout',
  'max_parallel_workers_per_gather',
  'parallel_setup_cost',
  'parallel_tuple_cost',
  'plan_cache_mode',
  'random_page_cost',
  'seq_page_cost',
  'statement_timeout',
  'timezone',
  'transaction_timeout',
  'work_mem',
  'xmlbinary',
  'xmloption',
]);

const ofTransaction: ReadonlySet<string> = new Set([
  'transaction_isolation',
  'transaction_deferrable',
]);

/** What text must stay for statements to be read the way the server reads them. */
const pinned: ReadonlyMap<string, readonly string[]> = new Map([
  ['standard_conforming_strings', ['on', 'true', 'yes', '1']],
  ['client_encoding', ['utf8', 'utf-8', 'unicode', 'utf_8']],
]);

/** Floats are written in full: rounded as a session likes, one that is masked could be found by halves. */
const exactFloats: readonly string[] = ['1', '2', '3'];

const readOnly: ReadonlySet<string> = new Set([
  'default_transaction_read_only',
  'transaction_read_only',
]);
const switchedOn: readonly string[] = ['on', 'true', 'yes', '1'];

export type SettingJudgement = 'session' | 'transaction' | 'dcl' | 'barred';

/**
 * Judges SET `name` TO `value`; `value` is null when it is reset or not one plain constant.
 * Names compare as the server compares them, without case.
 */
export function judgeSetting(name: string, value: string | null): SettingJudgement {
  const setting = name.toLowerCase();
  if (harmless.has(setting)) return 'session';
  if (ofTransaction.has(setting)) return 'transaction';
  if (setting === 'extra_float_digits') return keepsFloatsExact(value) ? 'session' : 'dcl';
  const kept = pinned.get(setting);
  if (kept !== undefined) {
    if (value === null) return 'dcl';
    return kept.includes(value.toLowerCase()) ? 'session' : 'barred';
  }
  if (readOnly.has(setting) && value !== null && switchedOn.includes(value.toLowerCase())) {
    return 'session';
  }
  return 'dcl';
}

/** Of a value of `extra_float_digits`. */
export function keepsFloatsExact(value: string | null): boolean {
  return value !== null && exactFloats.includes(value);
}
