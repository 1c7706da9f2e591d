import type { SqlClass } from '../../../core/facts.ts';
import type { SqlDecidable } from '../../../core/operation.ts';

/** Whether names may mean something else after it. */
export function changesCatalog({ facts }: SqlDecidable): boolean {
  const { classes, statements } = facts;
  return classes.some((each) => changing.has(each)) || statements.includes('commit_prepared');
}

const changing: ReadonlySet<SqlClass> = new Set(['ddl', 'opaque', 'unknown']);

/** Whether its text shows all that it does to the catalog. */
export function isShown({ facts }: SqlDecidable): boolean {
  const hides = facts.classes.some((each) => each === 'opaque' || each === 'unknown');
  return !hides && !facts.statements.includes('commit_prepared');
}
