import type { JsonValue } from '../../../../core/json.ts';
import { statementRule } from '../statement-kinds.ts';
import { type Fields, fieldsOf, isObject, listOf, nameParts, stringOf, unwrap } from '../tree.ts';
import type { Change } from './change.ts';
import { lastName, namedBy } from './gather.ts';
import { alterations } from './read-alter-table.ts';
import type { Named } from './shape.ts';

/** None of these changes what a name means, or what a column holds. */
const harmless: ReadonlySet<string> = new Set([
  ...['CommentStmt', 'CreateSeqStmt', 'AlterSeqStmt', 'CreateStatsStmt', 'AlterStatsStmt'],
  ...['CreateTrigStmt', 'CreatePolicyStmt', 'AlterPolicyStmt', 'RefreshMatViewStmt'],
  ...['ReindexStmt', 'ClusterStmt', 'AlterOwnerStmt', 'ReassignOwnedStmt', 'AlterEnumStmt'],
  ...['CreatePublicationStmt', 'AlterPublicationStmt', 'AlterDomainStmt', 'AlterFunctionStmt'],
  ...['AlterTableSpaceOptionsStmt', 'AlterObjectDependsStmt', 'CreateTableSpaceStmt'],
]);

const relationTypes: ReadonlySet<string> = new Set([
  ...['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_FOREIGN_TABLE'],
]);
const functionTypes: ReadonlySet<string> = new Set([
  ...['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE', 'OBJECT_AGGREGATE'],
]);
const aside: ReadonlySet<string> = new Set([
  ...['OBJECT_SEQUENCE', 'OBJECT_TRIGGER', 'OBJECT_POLICY', 'OBJECT_DOMCONSTRAINT'],
  ...['OBJECT_RULE', 'OBJECT_ROLE', 'OBJECT_STATISTIC_EXT', 'OBJECT_PUBLICATION'],
]);

/** What a statement of that kind does to definitions; what is not known here may do anything. */
export function changesOf(kind: string, fields: Fields): readonly Change[] {
  switch (kind) {
    case 'SelectStmt':
      return isObject(fields.intoClause) ? made(fieldsOf(fields.intoClause).rel) : [];
    case 'CreateTableAsStmt': {
      const { rel } = fieldsOf(fields.into);
      return fields.objtype === 'OBJECT_MATVIEW' ? view(rel, false) : made(rel);
    }
    case 'InsertStmt':
    case 'UpdateStmt':
    case 'DeleteStmt':
    case 'MergeStmt':
      return written(relationOf(fields.relation));
    case 'CopyStmt':
      return fields.is_from === true ? written(relationOf(fields.relation)) : [];
    case 'CreateStmt':
      return made(fields.relation);
    case 'CreateForeignTableStmt':
      return [{ kind: 'unclear', relation: relationOf(fieldsOf(fields.base ?? fields).relation) }];
    case 'IndexStmt':
      return typeof fields.idxname === 'string'
        ? [{ kind: 'made', relation: { schema: null, name: fields.idxname } }]
        : [];
    case 'ViewStmt':
      return view(fields.view, fields.replace === true);
    case 'AlterTableStmt':
      return alterations(fields);
    case 'RenameStmt':
      return renamed(fields);
    case 'AlterObjectSchemaStmt':
      return moved(fields);
    case 'DropStmt':
    case 'DropOwnedStmt':
      return fields.behavior === 'DROP_CASCADE' ? dropped(fields) : [];
    default:
      return madeBy(kind, fields);
  }
}

function madeBy(kind: string, fields: Fields): readonly Change[] {
  switch (kind) {
    case 'CreateFunctionStmt':
      return [{ kind: 'function', name: lastName(fields.funcname) }];
    case 'DefineStmt': {
      const type = stringOf(fields.kind);
      const named = type === 'OBJECT_AGGREGATE' || type === 'OBJECT_OPERATOR';
      return named ? [{ kind: 'function', name: lastName(fields.defnames) }] : anything;
    }
    case 'CreateEnumStmt':
      return [{ kind: 'type', name: lastName(fields.typeName) }];
    case 'CreateDomainStmt':
      return [{ kind: 'type', name: lastName(fields.domainname) }];
    case 'CompositeTypeStmt':
      return [{ kind: 'type', name: relationOf(fields.typevar).name }];
    case 'CreateCastStmt':
      return [{ kind: 'cast' }];
    case 'CreateSchemaStmt':
      return listOf(fields.schemaElts).length === 0 ? [] : anything;
    default: {
      const defines = statementRule(kind)?.classes.includes('ddl') === true;
      return defines && !harmless.has(kind) ? anything : [];
    }
  }
}

const anything: readonly Change[] = [{ kind: 'anything' }];

function relationOf(value: JsonValue | undefined): Named {
  return namedBy(fieldsOf(value));
}

function made(rel: JsonValue | undefined): readonly Change[] {
  return [{ kind: 'made', relation: relationOf(rel) }];
}

/** A superuser may rename a table there, or delete a foreign key. */
function written(relation: Named): readonly Change[] {
  return relation.name.startsWith('pg_') ? [{ kind: 'catalog_written', relation }] : [];
}

function view(rel: JsonValue | undefined, replaces: boolean): readonly Change[] {
  return [{ kind: 'view', relation: relationOf(rel), replaces }];
}

function renamed(fields: Fields): readonly Change[] {
  const type = stringOf(fields.renameType);
  const [old, name] = [stringOf(fields.subname), stringOf(fields.newname)];
  const relation = relationOf(fields.relation);
  // ALTER INDEX renames tables too.
  if (relationTypes.has(type) || type === 'OBJECT_INDEX') {
    return [{ kind: 'renamed', relation, column: null, to: { name } }];
  }
  if (type === 'OBJECT_COLUMN' || type === 'OBJECT_ATTRIBUTE') {
    return [{ kind: 'renamed', relation, column: old, to: { column: name } }];
  }
  if (type === 'OBJECT_SCHEMA') {
    const all = { schema: old, name: '*' };
    return [{ kind: 'renamed', relation: all, column: null, to: { schema: name } }];
  }
  // A foreign key is known by its name.
  if (type === 'OBJECT_TABCONSTRAINT') return [{ kind: 'unclear', relation }];
  if (type === 'OBJECT_TYPE' || type === 'OBJECT_DOMAIN') return [{ kind: 'type', name }];
  if (functionTypes.has(type)) return [{ kind: 'function', name }];
  return aside.has(type) ? [] : anything;
}

function moved(fields: Fields): readonly Change[] {
  const type = stringOf(fields.objectType);
  const to = { schema: stringOf(fields.newschema) };
  if (relationTypes.has(type)) {
    return [{ kind: 'renamed', relation: relationOf(fields.relation), column: null, to }];
  }
  // Any relation may be one of the extension's.
  if (type === 'OBJECT_EXTENSION') {
    return [{ kind: 'renamed', relation: { schema: null, name: '*' }, column: null, to }];
  }
  const kept = functionTypes.has(type) || type === 'OBJECT_TYPE' || type === 'OBJECT_DOMAIN';
  return kept || aside.has(type) ? [] : anything;
}

/** Without CASCADE nothing goes that others hang on. */
function dropped({ removeType, objects }: Fields): readonly Change[] {
  const type = stringOf(removeType);
  if (aside.has(type)) return [];
  if (functionTypes.has(type)) return [{ kind: 'function_dropped' }];
  if (type === 'OBJECT_SCHEMA') {
    const schemas = nameParts(objects).map((schema) => ({ schema, name: '*' }));
    return [{ kind: 'dropped', relations: schemas }];
  }
  if (!relationTypes.has(type)) return [{ kind: 'dropped', relations: null }];
  const relations = listOf(objects).map((object) => {
    const parts = nameParts(unwrap(object)?.fields.items);
    return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' };
  });
  return [{ kind: 'dropped', relations }];
}
