import type { Copy } from '../../sql/provenance/shape.ts';
import type { CopyResponse } from '../../wire/backend/copy-response.ts';
import type { ColumnDescription } from '../../wire/backend/row-description.ts';
import type { Protection } from '../protection.ts';
import { unmaskable } from '../result-masks.ts';

const text = 25;
const noColumn = { name: '', tableOid: 0, columnNumber: 0, typeSize: -1, typeModifier: -1 };

/**
 * The columns of a COPY's rows, of those that its query has: COPY leaves out generated columns,
 * which `SELECT *` has. Throws a RefusedError where they are not as many as the server says.
 */
export function copiedColumns(
  described: readonly ColumnDescription[],
  copy: Copy,
  { columnFormats, format }: Pick<CopyResponse, 'columnFormats' | 'format'>,
  protection: Protection | null,
): readonly ColumnDescription[] {
  const count = columnFormats.length;
  const leavesOut = described.length > count && copy.table !== null && !copy.named;
  const columns = leavesOut ? notGenerated(described, protection) : described;
  if (columns?.length === count) return columns.map((each) => ({ ...each, format }));
  // Without a catalog generated columns are not known. Detectors read the text of any type.
  if (protection !== null || format === 1 || described.length < count) {
    throw unmaskable('COPY has other columns than its query: name the columns of the table');
  }
  return columnFormats.map(() => ({ ...noColumn, typeOid: text, format }));
}

/**
 * Null where the catalog does not have one of them: then the table has changed since, and what was
 * generated may be so no more.
 */
function notGenerated(
  described: readonly ColumnDescription[],
  protection: Protection | null,
): readonly ColumnDescription[] | null {
  if (protection === null) return null;
  const known = described.every(
    ({ tableOid, columnNumber }) => protection.maskOf(tableOid, columnNumber) !== undefined,
  );
  if (!known) return null;
  return described.filter(
    ({ tableOid, columnNumber }) => !protection.isGenerated(tableOid, columnNumber),
  );
}
