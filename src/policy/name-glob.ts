import type { SqlName } from '../core/facts.ts';
import { compileGlob } from '../core/glob.ts';

/**
 * A glob over `schema.name`, or over `name` in any schema. The two parts are matched apart,
 * so a quoted identifier with a dot in it is never taken for a schema and a name.
 */
export interface NameGlob {
  /** Certainly this name: where search_path decides the schema, only if the glob leaves it open. */
  covers(name: SqlName): boolean;
  /** Possibly this name: where search_path decides the schema, it may be the one meant. */
  touches(name: SqlName): boolean;
}

export function compileNameGlob(glob: string): NameGlob {
  const dot = glob.indexOf('.');
  const schemaGlob = dot === -1 ? '*' : glob.slice(0, dot);
  const matchesName = compileGlob(glob.slice(dot + 1));
  const matchesSchema = compileGlob(schemaGlob);
  const anySchema = /^\*+$/.test(schemaGlob);
  const matches = ({ schema, name }: SqlName, whenUnqualified: boolean) =>
    matchesName(name) && (anySchema || (schema === null ? whenUnqualified : matchesSchema(schema)));
  return {
    covers: (name) => matches(name, false),
    touches: (name) => matches(name, true),
  };
}

export function showName({ schema, name }: SqlName): string {
  return schema === null ? name : `${schema}.${name}`;
}
