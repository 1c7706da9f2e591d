import type { Assessment } from '../sql/provenance/assess.ts';

/** EXECUTE or FETCH with the one statement that it stands for. */
export function throughName(own: Assessment, inner: readonly Assessment[]): Assessment {
  const [one, ...more] = inner;
  if (one === undefined || more.length > 0) return own;
  const keeps = own.keepsExecuted && !one.clean;
  const refusal = keeps ? 'it would store what is masked in another place' : null;
  return {
    ...one,
    refusal: own.refusal ?? refusal ?? one.refusal,
    clean: one.clean && own.clean,
    predicate: own.predicate || one.predicate,
  };
}
