import { type StoredTree, treeOf } from './checkpoint-files.ts';
import type { Frontier } from './merkle.ts';
import { readRecords } from './read-records.ts';

/** A checkpoint that spares reading the records which it covers. */
export interface StartingPoint {
  readonly size: number;
  /** RFC 3339: when it was signed. */
  readonly time: string;
  /** The tree of those records, to go on with. */
  readonly frontier: Frontier;
}

/**
 * The newest one from before that time whose tree is there, and is what was signed. It has to cover
 * nothing from then on, whatever its own time says.
 */
export async function startingPoint(
  folder: string,
  checkpoints: readonly StoredTree[],
  since: string,
): Promise<StartingPoint | null> {
  const earlier = checkpoints.filter(({ time, size }) => time < since && size > 0);
  for (const { size, time, root, peaks } of earlier.toSorted((a, b) => b.size - a.size)) {
    const frontier = treeOf({ size, root, peaks });
    if (frontier !== null && (await timeOf(folder, size)) < since) return { size, time, frontier };
  }
  return null;
}

/** Empty where that record is not there: what is missing is found as the rest is read. */
async function timeOf(folder: string, seq: number): Promise<string> {
  for await (const { record } of readRecords(folder, seq)) return record?.time ?? '';
  return '';
}
