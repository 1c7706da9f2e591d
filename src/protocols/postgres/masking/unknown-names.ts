import type { NameKnowledge } from '../sql/provenance/assess.ts';
import type { Change, Loss } from '../sql/provenance/change.ts';
import type { Named } from '../sql/provenance/shape.ts';

/** Changes that take no mask from anything. */
const kept: ReadonlySet<Change['kind']> = new Set([
  ...(['made', 'column_added', 'unclear', 'function', 'type', 'cast', 'anything'] as const),
]);
const anyRelation: Named = { schema: null, name: '*' };

/** Of a catalog that cannot be read. */
export const unreadable: NameKnowledge = {
  tables: () => null,
  isUserFunction: () => true,
  isPlainType: () => false,
  isConverted: () => true,
  convertsUnasked: true,
  loses: (change) => {
    const harmless = kept.has(change.kind) || (change.kind === 'view' && !change.replaces);
    const relation = 'relation' in change ? change.relation : anyRelation;
    return harmless ? null : { kind: 'unknown', relation };
  },
  isRuled: () => true,
};

/** The same where nothing is known of the relations that a change names, or of one that is meant. */
export function unknownLoss(change: Change, isUnknown: (relation: Named) => boolean): Loss | null {
  const relation = namedIn(change).find(isUnknown);
  return relation === undefined ? null : { kind: 'unknown', relation };
}

function namedIn(change: Change): readonly Named[] {
  switch (change.kind) {
    case 'renamed':
    case 'column':
    case 'constraint_dropped':
      return [change.relation];
    case 'parted':
      return change.relations;
    default:
      return [];
  }
}

/** A transaction cannot change what PostgreSQL's own relations are. */
export function isOwn({ schema, name }: Named): boolean {
  return schema === 'pg_catalog' || schema === 'information_schema' || name.startsWith('pg_');
}
