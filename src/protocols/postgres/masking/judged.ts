import type { SqlDecidable } from '../../../core/operation.ts';

/** Statements with what masking adds to their facts: the same object for the same addition. */
export class Judged {
  readonly #made = new WeakMap<SqlDecidable, Map<string, SqlDecidable>>();

  with(decidable: SqlDecidable, maskedPredicate: boolean, refusal: string | null): SqlDecidable {
    if (!maskedPredicate && refusal === null) return decidable;
    const key = `${maskedPredicate} ${refusal ?? ''}`;
    const made = this.#made.get(decidable) ?? new Map<string, SqlDecidable>();
    const known = made.get(key);
    if (known !== undefined) return known;
    const judged = withMasks(decidable, maskedPredicate, refusal);
    this.#made.set(decidable, made.set(key, judged));
    return judged;
  }
}

/** What masked columns make of a statement; `refusal`: why it cannot be masked. */
export function withMasks(
  decidable: SqlDecidable,
  maskedPredicate: boolean,
  refusal: string | null,
): SqlDecidable {
  const facts = { ...decidable.facts, maskedPredicate };
  if (refusal === null || decidable.barred !== undefined) return { ...decidable, facts };
  return { ...decidable, facts, barred: { code: 'UNMASKABLE', message: refusal } };
}
