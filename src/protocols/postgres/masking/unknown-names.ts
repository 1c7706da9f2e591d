import type { NameKnowledge } from '../sql/provenance/assess.ts';

/** Of a catalog that cannot be read. */
export const unreadable: NameKnowledge = {
  tables: () => null,
  isUserFunction: () => true,
  isPlainType: () => false,
  isConverted: () => true,
  convertsUnasked: true,
};

/**
 * In a transaction that may have changed the catalog: what a name means can no longer be told,
 * but for PostgreSQL's own relations.
 */
export function blind(known: NameKnowledge): NameKnowledge {
  return {
    ...unreadable,
    tables: (table) => (isOwn(table.schema, table.name) ? known.tables(table) : null),
    isUserFunction: (name) => known.isUserFunction(name),
    isPlainType: (name) => known.isPlainType(name),
    isConverted: (name) => known.isConverted(name),
    convertsUnasked: known.convertsUnasked,
  };
}

function isOwn(schema: string | null, name: string): boolean {
  return schema === 'pg_catalog' || schema === 'information_schema' || name.startsWith('pg_');
}
