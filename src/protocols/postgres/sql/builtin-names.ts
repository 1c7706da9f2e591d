import { words } from './builtin-functions.ts';

/** Types of pg_catalog whose input and casts run nothing but PostgreSQL's own code. */
export const builtinTypes: ReadonlySet<string> = words(`
aclitem any anyarray anyelement bit bool box bpchar bytea char cid cidr circle date datemultirange
daterange float4 float8 gtsvector inet int2 int2vector int4 int4multirange int4range int8
int8multirange int8range interval json jsonb jsonpath line lseg macaddr macaddr8 money name numeric
nummultirange numrange oid oidvector path pg_lsn pg_node_tree pg_snapshot point polygon record
refcursor regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc
regprocedure regrole regtype text tid time timestamp timestamptz timetz tsmultirange tsquery
tsrange tstzmultirange tstzrange tsvector txid_snapshot unknown uuid varbit varchar void xid xid8
xml
`);

/** The same of information_schema: domains over them. */
export const informationSchemaTypes: ReadonlySet<string> = words(
  'cardinal_number character_data sql_identifier time_stamp yes_or_no',
);

/** Operators of pg_catalog, from pg_operator of PostgreSQL 15 and 18. */
export const builtinOperators: ReadonlySet<string> = words(`
!! !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / < <->
<< <<= <<| <= <> <@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ | |&> |/ |>>
|| ||/ ~ ~* ~<=~ ~<~ ~= ~>=~ ~>~ ~~ ~~*
`);

/** TABLESAMPLE methods that come with PostgreSQL. */
export const builtinSamplingMethods: ReadonlySet<string> = new Set(['bernoulli', 'system']);

/**
 * Result columns of built-in functions in FROM. For any other function `alias.name` may be a
 * call of `name` in attribute notation: `SELECT g.wipe FROM generate_series(1, 1) g` calls wipe.
 */
const columns: Readonly<Record<string, readonly string[]>> = {
  // pgjdbc asks for primary keys with it.
  _pg_expandarray: ['x', 'n'],
  aclexplode: ['grantor', 'grantee', 'privilege_type', 'is_grantable'],
  json_array_elements: ['value'],
  json_array_elements_text: ['value'],
  json_each: ['key', 'value'],
  json_each_text: ['key', 'value'],
  jsonb_array_elements: ['value'],
  jsonb_array_elements_text: ['value'],
  jsonb_each: ['key', 'value'],
  jsonb_each_text: ['key', 'value'],
  pg_get_keywords: ['word', 'catcode', 'barelabel', 'catdesc', 'baredesc'],
  pg_get_object_address: ['classid', 'objid', 'objsubid'],
  pg_identify_object: ['type', 'schema', 'name', 'identity'],
  pg_options_to_table: ['option_name', 'option_value'],
  pg_partition_tree: ['relid', 'parentrelid', 'isleaf', 'level'],
  pg_partition_ancestors: ['relid'],
  pg_sequence_parameters: [
    'start_value',
    'minimum_value',
    'maximum_value',
    'increment',
    'cycle_option',
    'cache_size',
    'data_type',
  ],
  ts_debug: ['alias', 'description', 'token', 'dictionaries', 'dictionary', 'lexemes'],
  ts_parse: ['tokid', 'token'],
  ts_token_type: ['tokid', 'alias', 'description'],
};

export const resultColumns: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(columns),
);
