import type { Mask, TextMasker } from '../../../core/masking.ts';
import type { Assessment } from '../sql/provenance/assess.ts';
import type { ColumnDescription } from '../wire/backend/row-description.ts';
import { type Protection, wholeMask } from './protection.ts';
import type { RowMask } from './row-mask.ts';
import { detecting, type ValueMask, valueMask } from './value-mask.ts';

export interface RowsContext {
  /** Null where the catalog is not known. */
  readonly protection: Protection | null;
  /** The open transaction may have changed the catalog. */
  readonly dirty: boolean;
  /** Whether any rule names columns. */
  readonly masksColumns: boolean;
  readonly text: TextMasker | null;
}

const none: ReadonlySet<number> = new Set();

/** What masks each column of a result; null where all of it passes. */
export function describeRows(
  columns: readonly ColumnDescription[],
  assessment: Assessment | null,
  context: RowsContext,
): RowMask | null {
  const { protection, text } = context;
  const textLike = protection?.textTypes ?? none;
  const masks = columns.map((column, index): ValueMask | null => {
    const proven = () => assessment?.proves(index, columns.length, column.name) === true;
    const mask = context.masksColumns ? maskOf(column, proven, context) : null;
    if (mask !== null) return valueMask(mask, column, textLike, protection?.shapes);
    return text === null ? null : detecting(text, column, textLike);
  });
  return masks.some((mask) => mask !== null) ? masks : null;
}

function maskOf(
  { tableOid, columnNumber }: ColumnDescription,
  proven: () => boolean,
  { protection, dirty }: RowsContext,
): Mask | null {
  if (tableOid === 0) return proven() ? null : wholeMask;
  if (protection === null) return wholeMask;
  const mask = protection.maskOf(tableOid, columnNumber);
  if (mask === undefined) return wholeMask;
  // A view may mean something else by now; a table's own columns cannot.
  return mask === null && dirty && protection.isView(tableOid) ? wholeMask : mask;
}
