import { compileGlob } from '../core/glob.ts';
import type { ColumnMasking, ColumnName, Mask } from '../core/masking.ts';
import { strictest } from './strategies.ts';

interface ColumnGlob {
  readonly inSchema: (schema: string) => boolean;
  readonly ofTable: (table: string) => boolean;
  readonly isColumn: (column: string) => boolean;
}

export interface MaskedColumns {
  /** As configured: `schema.table.column` or `table.column`. */
  readonly globs: readonly string[];
  readonly mask: Mask;
}

/** Null when there are none. Names are compared as the catalog spells them, without regard to case. */
export function compileColumns(masked: readonly MaskedColumns[]): ColumnMasking | null {
  const all = masked.flatMap(({ globs, mask }) =>
    globs.map((glob) => ({ ...compileColumnGlob(glob), mask })),
  );
  if (all.length === 0) return null;
  return {
    maskFor: (column) =>
      strictest(all.filter((each) => matches(each, column)).map(({ mask }) => mask)),
    touchesTable: (schema, table) => all.some((glob) => touches(glob, schema, table)),
  };
}

/** Whether a glob may name a column of a table of this name; a null schema may be any. */
export function columnGlobTouches(glob: string, schema: string | null, table: string): boolean {
  return touches(compileColumnGlob(glob), schema, table);
}

function touches({ inSchema, ofTable }: ColumnGlob, schema: string | null, table: string): boolean {
  return (schema === null || inSchema(spelt(schema))) && ofTable(spelt(table));
}

function compileColumnGlob(glob: string): ColumnGlob {
  const [column = '*', table = '*', schema = '*'] = glob.split('.').reverse();
  return {
    inSchema: compileGlob(spelt(schema)),
    ofTable: compileGlob(spelt(table)),
    isColumn: compileGlob(spelt(column)),
  };
}

function matches(glob: ColumnGlob, { schema, table, column }: ColumnName): boolean {
  return glob.isColumn(spelt(column)) && glob.ofTable(spelt(table)) && glob.inSchema(spelt(schema));
}

/** "Email" and email are two columns to PostgreSQL; a rule for one had better mask both. */
function spelt(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
