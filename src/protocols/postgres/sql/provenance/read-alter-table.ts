import { type Fields, fieldsOf, listOf, stringOf, unwrap, type Wrapped } from '../tree.ts';
import type { Change } from './change.ts';
import { namedBy } from './gather.ts';
import type { Named } from './shape.ts';

/** Forms of ALTER TABLE after which every column holds what it held, under the same name. */
const harmless: ReadonlySet<string> = new Set(
  [
    ...['SetNotNull', 'DropNotNull', 'ColumnDefault', 'CookedColumnDefault', 'SetExpression'],
    ...['SetStatistics', 'SetOptions', 'ResetOptions', 'SetStorage', 'SetCompression'],
    ...['AddIndex', 'AddIndexConstraint', 'AddConstraint', 'ValidateConstraint'],
    ...['AlterConstraint', 'ChangeOwner', 'ClusterOn', 'DropCluster', 'SetLogged', 'SetUnLogged'],
    ...['SetAccessMethod', 'SetTableSpace', 'SetRelOptions', 'ResetRelOptions'],
    ...['ReplicaIdentity', 'EnableRowSecurity', 'DisableRowSecurity', 'ForceRowSecurity'],
    ...['NoForceRowSecurity', 'AddIdentity', 'SetIdentity', 'DropIdentity'],
    ...['EnableTrig', 'EnableAlwaysTrig', 'EnableReplicaTrig', 'EnableTrigAll'],
    ...['EnableTrigUser', 'DisableTrig', 'DisableTrigAll', 'DisableTrigUser'],
  ].map((form) => `AT_${form}`),
);

/** What each command of an ALTER TABLE does, or of an ALTER VIEW, INDEX or TYPE. */
export function alterations(fields: Fields): readonly Change[] {
  const relation = namedBy(fieldsOf(fields.relation));
  return listOf(fields.cmds).flatMap((command) => {
    const { subtype, ...rest } = unwrap(command)?.fields ?? {};
    return altered(relation, stringOf(subtype), rest);
  });
}

function altered(relation: Named, form: string, fields: Fields): readonly Change[] {
  const column = stringOf(fields.name);
  const def = unwrap(fields.def);
  switch (form) {
    case 'AT_DetachPartition':
    case 'AT_DetachPartitionFinalize':
    case 'AT_DropInherit':
      return [{ kind: 'parted', relations: [relation, otherOf(def)] }];
    case 'AT_DropExpression':
      return [{ kind: 'column', relation, column, loses: 'expression' }];
    case 'AT_AlterColumnType':
      return [{ kind: 'column', relation, column, loses: 'type' }];
    case 'AT_DropColumn':
      return [{ kind: 'column', relation, column, loses: 'itself' }];
    case 'AT_DropConstraint': {
      const cascade = fields.behavior === 'DROP_CASCADE';
      return [{ kind: 'constraint_dropped', relation, name: column, cascade }];
    }
    case 'AT_AddColumn': {
      const { colname, constraints } = def?.fields ?? {};
      const generated = listOf(constraints).some(
        (each) => unwrap(each)?.fields.contype === 'CONSTR_GENERATED',
      );
      return [{ kind: 'column_added', relation, column: stringOf(colname), generated }];
    }
    default:
      return harmless.has(form) ? [] : [{ kind: 'anything' }];
  }
}

/** A parent, or the partition that is detached. */
function otherOf(def: Wrapped | null): Named {
  return namedBy(def?.kind === 'PartitionCmd' ? fieldsOf(def.fields.name) : (def?.fields ?? {}));
}
