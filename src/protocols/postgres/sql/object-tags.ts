import type { ObjectType } from 'libpg-query';

/** An object type as command tags name it: DROP …, CREATE …. */
const tags: Readonly<Record<ObjectType, string>> = {
  OBJECT_ACCESS_METHOD: 'access_method',
  OBJECT_AGGREGATE: 'aggregate',
  OBJECT_AMOP: 'operator_family',
  OBJECT_AMPROC: 'operator_family',
  OBJECT_ATTRIBUTE: 'type',
  OBJECT_CAST: 'cast',
  OBJECT_COLUMN: 'table',
  OBJECT_COLLATION: 'collation',
  OBJECT_CONVERSION: 'conversion',
  OBJECT_DATABASE: 'database',
  OBJECT_DEFAULT: 'table',
  OBJECT_DEFACL: 'default_privileges',
  OBJECT_DOMAIN: 'domain',
  OBJECT_DOMCONSTRAINT: 'domain',
  OBJECT_EVENT_TRIGGER: 'event_trigger',
  OBJECT_EXTENSION: 'extension',
  OBJECT_FDW: 'foreign_data_wrapper',
  OBJECT_FOREIGN_SERVER: 'server',
  OBJECT_FOREIGN_TABLE: 'foreign_table',
  OBJECT_FUNCTION: 'function',
  OBJECT_INDEX: 'index',
  OBJECT_LANGUAGE: 'language',
  OBJECT_LARGEOBJECT: 'large_object',
  OBJECT_MATVIEW: 'materialized_view',
  OBJECT_OPCLASS: 'operator_class',
  OBJECT_OPERATOR: 'operator',
  OBJECT_OPFAMILY: 'operator_family',
  OBJECT_PARAMETER_ACL: 'parameter',
  OBJECT_POLICY: 'policy',
  OBJECT_PROCEDURE: 'procedure',
  OBJECT_PUBLICATION: 'publication',
  OBJECT_PUBLICATION_NAMESPACE: 'publication',
  OBJECT_PUBLICATION_REL: 'publication',
  OBJECT_ROLE: 'role',
  OBJECT_ROUTINE: 'routine',
  OBJECT_RULE: 'rule',
  OBJECT_SCHEMA: 'schema',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_SUBSCRIPTION: 'subscription',
  OBJECT_STATISTIC_EXT: 'statistics',
  OBJECT_TABCONSTRAINT: 'table',
  OBJECT_TABLE: 'table',
  OBJECT_TABLESPACE: 'tablespace',
  OBJECT_TRANSFORM: 'transform',
  OBJECT_TRIGGER: 'trigger',
  OBJECT_TSCONFIGURATION: 'text_search_configuration',
  OBJECT_TSDICTIONARY: 'text_search_dictionary',
  OBJECT_TSPARSER: 'text_search_parser',
  OBJECT_TSTEMPLATE: 'text_search_template',
  OBJECT_TYPE: 'type',
  OBJECT_USER_MAPPING: 'user_mapping',
  OBJECT_VIEW: 'view',
};

const byName: Readonly<Record<string, string | undefined>> = tags;

export function objectTag(type: string): string {
  return byName[type] ?? 'object';
}

/** How many trailing parts of a dotted name are not the relation's: a column, a trigger. */
const relationTypes: Readonly<Partial<Record<ObjectType, number>>> = {
  OBJECT_TABLE: 0,
  OBJECT_VIEW: 0,
  OBJECT_MATVIEW: 0,
  OBJECT_SEQUENCE: 0,
  OBJECT_FOREIGN_TABLE: 0,
  OBJECT_INDEX: 0,
  OBJECT_COLUMN: 1,
  OBJECT_TABCONSTRAINT: 1,
  OBJECT_TRIGGER: 1,
  OBJECT_POLICY: 1,
  OBJECT_RULE: 1,
};

const trailing: Readonly<Record<string, number | undefined>> = relationTypes;

/** The relation's part of an object's dotted name; null when the object is on no relation. */
export function relationParts(type: string, parts: readonly string[]): readonly string[] | null {
  const drop = trailing[type];
  if (drop === undefined || parts.length <= drop) return null;
  return parts.slice(0, parts.length - drop);
}
