import type { Node } from 'libpg-query';
import type { SqlClass } from '../../../core/facts.ts';
import { objectTag } from './object-tags.ts';
import { type Fields, stringOf } from './tree.ts';

type KindOf<N> = N extends unknown ? keyof N & string : never;

export type NodeKind = KindOf<Node>;

/** Every statement that PostgreSQL's grammar knows. */
export type StatementKind = Extract<NodeKind, `${string}Stmt`>;

/** What a statement is by its kind alone; `walk.ts` adds what its parts make of it. */
export interface StatementRule {
  /** PostgreSQL's command tag in snake_case; null for parts of other statements. */
  readonly tag: string | ((fields: Fields) => string) | null;
  readonly classes: readonly SqlClass[];
}

function rule(tag: StatementRule['tag'], ...classes: SqlClass[]): StatementRule {
  return { tag, classes };
}

const ofObject = (verb: string, field: string) => (fields: Fields) =>
  `${verb}_${objectTag(stringOf(fields[field]))}`;

const pick = (field: string, yes: string, no: string) => (fields: Fields) =>
  fields[field] === true ? yes : no;

function renameTag(fields: Fields): string {
  const type = stringOf(fields.renameType);
  return `alter_${objectTag(type === 'OBJECT_COLUMN' ? stringOf(fields.relationType) : type)}`;
}

function createAsTag(fields: Fields): string {
  if (fields.is_select_into === true) return 'select_into';
  return fields.objtype === 'OBJECT_MATVIEW' ? 'create_materialized_view' : 'create_table_as';
}

const transactionTags: Readonly<Record<string, string | undefined>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'start_transaction',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback',
  TRANS_STMT_PREPARE: 'prepare_transaction',
  TRANS_STMT_COMMIT_PREPARED: 'commit_prepared',
  TRANS_STMT_ROLLBACK_PREPARED: 'rollback_prepared',
};

function setTag(fields: Fields): string {
  return stringOf(fields.kind).startsWith('VAR_RESET') ? 'reset' : 'set';
}

/**
 * Total: a statement kind that a newer grammar brings does not compile until it is placed.
 * Statements whose class depends on what they say start empty and are judged in the walk.
 */
export const statementRules: Readonly<Record<StatementKind, StatementRule>> = {
  SelectStmt: rule('select', 'read'),
  InsertStmt: rule('insert'),
  UpdateStmt: rule('update'),
  DeleteStmt: rule('delete'),
  MergeStmt: rule('merge'),
  TruncateStmt: rule('truncate_table', 'write'),
  CopyStmt: rule('copy'),
  CallStmt: rule('call', 'write'),
  DoStmt: rule('do', 'opaque'),
  LockStmt: rule('lock_table'),
  NotifyStmt: rule('notify', 'write'),
  ListenStmt: rule('listen', 'read'),
  UnlistenStmt: rule('unlisten', 'session'),
  ExplainStmt: rule('explain', 'read'),
  VacuumStmt: rule(pick('is_vacuumcmd', 'vacuum', 'analyze'), 'write'),
  CheckPointStmt: rule('checkpoint', 'write'),

  VariableSetStmt: rule(setTag),
  VariableShowStmt: rule('show', 'session'),
  DiscardStmt: rule((fields) => stringOf(fields.target || 'DISCARD_ALL').toLowerCase()),
  TransactionStmt: rule((fields) => transactionTags[stringOf(fields.kind)] ?? 'begin'),
  ConstraintsSetStmt: rule('set_constraints', 'transaction'),
  PrepareStmt: rule('prepare'),
  ExecuteStmt: rule('execute'),
  DeallocateStmt: rule(pick('isall', 'deallocate_all', 'deallocate'), 'session'),
  DeclareCursorStmt: rule('declare_cursor'),
  FetchStmt: rule(pick('ismove', 'move', 'fetch')),
  ClosePortalStmt: rule(
    (fields) => (fields.portalname === undefined ? 'close_cursor_all' : 'close_cursor'),
    'session',
  ),
  LoadStmt: rule('load', 'dcl', 'opaque'),

  GrantStmt: rule(pick('is_grant', 'grant', 'revoke'), 'dcl'),
  GrantRoleStmt: rule(pick('is_grant', 'grant_role', 'revoke_role'), 'dcl'),
  AlterDefaultPrivilegesStmt: rule('alter_default_privileges', 'dcl'),
  CreateRoleStmt: rule('create_role', 'dcl'),
  AlterRoleStmt: rule('alter_role', 'dcl'),
  AlterRoleSetStmt: rule('alter_role', 'dcl'),
  DropRoleStmt: rule('drop_role', 'dcl'),
  DropOwnedStmt: rule('drop_owned', 'ddl', 'dcl'),
  ReassignOwnedStmt: rule('reassign_owned', 'ddl', 'dcl'),
  AlterOwnerStmt: rule(ofObject('alter', 'objectType'), 'ddl', 'dcl'),
  CreatePolicyStmt: rule('create_policy', 'ddl', 'dcl'),
  AlterPolicyStmt: rule('alter_policy', 'ddl', 'dcl'),
  SecLabelStmt: rule('security_label', 'dcl'),
  AlterSystemStmt: rule('alter_system', 'dcl'),
  AlterDatabaseSetStmt: rule('alter_database', 'ddl', 'dcl'),
  CreateUserMappingStmt: rule('create_user_mapping', 'ddl', 'dcl'),
  AlterUserMappingStmt: rule('alter_user_mapping', 'ddl', 'dcl'),
  DropUserMappingStmt: rule('drop_user_mapping', 'ddl', 'dcl'),

  // Each of these runs code that the statement does not show.
  CreateExtensionStmt: rule('create_extension', 'ddl', 'opaque'),
  AlterExtensionStmt: rule('alter_extension', 'ddl', 'opaque'),
  CreatePLangStmt: rule('create_language', 'ddl', 'opaque'),
  CreateSubscriptionStmt: rule('create_subscription', 'ddl', 'opaque'),
  AlterSubscriptionStmt: rule('alter_subscription', 'ddl', 'opaque'),
  DropSubscriptionStmt: rule('drop_subscription', 'ddl', 'opaque'),
  ImportForeignSchemaStmt: rule('import_foreign_schema', 'ddl', 'opaque'),

  AlterCollationStmt: rule('alter_collation', 'ddl'),
  AlterDatabaseRefreshCollStmt: rule('alter_database', 'ddl'),
  AlterDatabaseStmt: rule('alter_database', 'ddl'),
  AlterDomainStmt: rule('alter_domain', 'ddl'),
  AlterEnumStmt: rule('alter_type', 'ddl'),
  AlterEventTrigStmt: rule('alter_event_trigger', 'ddl'),
  AlterExtensionContentsStmt: rule('alter_extension', 'ddl'),
  AlterFdwStmt: rule('alter_foreign_data_wrapper', 'ddl'),
  AlterForeignServerStmt: rule('alter_server', 'ddl'),
  AlterFunctionStmt: rule(ofObject('alter', 'objtype'), 'ddl'),
  AlterObjectDependsStmt: rule(ofObject('alter', 'objectType'), 'ddl'),
  AlterObjectSchemaStmt: rule(ofObject('alter', 'objectType'), 'ddl'),
  AlterOperatorStmt: rule('alter_operator', 'ddl'),
  AlterOpFamilyStmt: rule('alter_operator_family', 'ddl'),
  AlterPublicationStmt: rule('alter_publication', 'ddl'),
  AlterSeqStmt: rule('alter_sequence', 'ddl'),
  AlterStatsStmt: rule('alter_statistics', 'ddl'),
  AlterTableMoveAllStmt: rule(ofObject('alter', 'objtype'), 'ddl'),
  AlterTableSpaceOptionsStmt: rule('alter_tablespace', 'ddl'),
  AlterTableStmt: rule(ofObject('alter', 'objtype'), 'ddl'),
  AlterTSConfigurationStmt: rule('alter_text_search_configuration', 'ddl'),
  AlterTSDictionaryStmt: rule('alter_text_search_dictionary', 'ddl'),
  AlterTypeStmt: rule('alter_type', 'ddl'),
  ClusterStmt: rule('cluster', 'ddl'),
  CommentStmt: rule('comment', 'ddl'),
  CompositeTypeStmt: rule('create_type', 'ddl'),
  CreateAmStmt: rule('create_access_method', 'ddl'),
  CreateCastStmt: rule('create_cast', 'ddl'),
  CreateConversionStmt: rule('create_conversion', 'ddl'),
  CreatedbStmt: rule('create_database', 'ddl'),
  CreateDomainStmt: rule('create_domain', 'ddl'),
  CreateEnumStmt: rule('create_type', 'ddl'),
  CreateEventTrigStmt: rule('create_event_trigger', 'ddl'),
  CreateFdwStmt: rule('create_foreign_data_wrapper', 'ddl'),
  CreateForeignServerStmt: rule('create_server', 'ddl'),
  CreateForeignTableStmt: rule('create_foreign_table', 'ddl'),
  CreateFunctionStmt: rule(pick('is_procedure', 'create_procedure', 'create_function'), 'ddl'),
  CreateOpClassStmt: rule('create_operator_class', 'ddl'),
  CreateOpFamilyStmt: rule('create_operator_family', 'ddl'),
  CreatePublicationStmt: rule('create_publication', 'ddl'),
  CreateRangeStmt: rule('create_type', 'ddl'),
  CreateSchemaStmt: rule('create_schema', 'ddl'),
  CreateSeqStmt: rule('create_sequence', 'ddl'),
  CreateStatsStmt: rule('create_statistics', 'ddl'),
  CreateStmt: rule('create_table', 'ddl'),
  CreateTableAsStmt: rule(createAsTag, 'ddl'),
  CreateTableSpaceStmt: rule('create_tablespace', 'ddl'),
  CreateTransformStmt: rule('create_transform', 'ddl'),
  CreateTrigStmt: rule('create_trigger', 'ddl'),
  DefineStmt: rule(ofObject('create', 'kind'), 'ddl'),
  DropdbStmt: rule('drop_database', 'ddl'),
  DropStmt: rule(ofObject('drop', 'removeType'), 'ddl'),
  DropTableSpaceStmt: rule('drop_tablespace', 'ddl'),
  IndexStmt: rule('create_index', 'ddl'),
  RefreshMatViewStmt: rule('refresh_materialized_view', 'ddl'),
  ReindexStmt: rule('reindex', 'ddl'),
  RenameStmt: rule(renameTag, 'ddl'),
  RuleStmt: rule('create_rule', 'ddl'),
  ViewStmt: rule('create_view', 'ddl'),

  ReplicaIdentityStmt: rule(null),
  ReturnStmt: rule(null),
  RawStmt: rule(null, 'unknown'),
  SetOperationStmt: rule(null, 'unknown'),
  PLAssignStmt: rule(null, 'unknown'),
};

const rulesByKind: ReadonlyMap<string, StatementRule> = new Map(Object.entries(statementRules));

export function statementRule(kind: string): StatementRule | undefined {
  return rulesByKind.get(kind);
}

export function tagOf(rule: StatementRule, fields: Fields): string | null {
  return typeof rule.tag === 'function' ? rule.tag(fields) : rule.tag;
}
