import type { ParsedStatement } from '../../sql/parser.ts';
import type { Assessment } from '../../sql/provenance/assess.ts';

/** Why the answer to a COPY … TO STDOUT could not be masked; null: it can, or is no such COPY. */
export function copyRefusal(
  { copy }: Assessment,
  statements: readonly ParsedStatement[],
): string | null {
  if (copy?.to !== 'client') return null;
  const [statement, ...others] = statements;
  // What stands before it may change what its names mean; they are looked up before all of it.
  if (others.length > 0) return 'a COPY that is masked has to be sent by itself';
  if (copy.format === null || statement?.kind !== 'copy' || statement.copied === null) {
    return 'a COPY with these options cannot be masked: use FORMAT text, csv or binary, in UTF8';
  }
  return null;
}
