import type { PolicyFile } from '../config/policy-file.ts';
import type { Decidable, SqlDecidable } from '../core/operation.ts';
import type { PolicyQuestion } from '../core/policy.ts';
import type { Verdict } from '../core/verdict.ts';
import { explainedMasking } from '../masking/explain.ts';
import { withMasks } from '../protocols/postgres/masking/judged.ts';
import type { StatementReaders } from './statement-readers.ts';

/** A question as the gate may ask it, with what the database's catalog would have to say for that. */
export interface PossibleQuestion {
  readonly question: PolicyQuestion;
  /** Empty: nothing. */
  readonly if: string;
}

/**
 * Every question that masked columns may make of one: which columns a view, a foreign key or a
 * star stands for only the catalog tells. The first is the one if nothing else is masked.
 */
export function possibleQuestions(
  { masking }: Pick<PolicyFile, 'masking'>,
  readers: Pick<StatementReaders, 'maskedSql'>,
  question: PolicyQuestion,
): readonly [PossibleQuestion, ...PossibleQuestion[]] {
  const asked: PossibleQuestion = { question, if: '' };
  const { decidable } = question;
  if (!isSql(decidable) || decidable.barred !== undefined) return [asked];
  const masks = explainedMasking(masking, { ...question, protocol: 'postgres' });
  const { predicate, refusal, mayBeRefused } = readers.maskedSql(decidable.text, masks);
  const judged = (maskedPredicate: boolean, message: string | null): PolicyQuestion => ({
    ...question,
    decidable: withMasks(decidable, maskedPredicate, message),
  });
  if (refusal !== null) return [{ question: judged(predicate === true, refusal), if: '' }];
  const first = { question: judged(predicate === true, null), if: '' };
  return [
    first,
    ...(predicate !== null
      ? []
      : [{ question: judged(true, null), if: 'a masked column decides its rows' }]),
    ...(mayBeRefused
      ? [{ question: judged(false, mayStore), if: 'it would store what is masked, or lift a mask' }]
      : []),
  ];
}

const mayStore = 'it would store what is masked in another place, or take a mask away';

function isSql(decidable: Decidable): decidable is SqlDecidable {
  return decidable.facts.protocol === 'postgres';
}

export interface PossibleVerdict {
  readonly verdict: Verdict;
  /** In words, after "if". */
  readonly if: string;
}

export interface Verdicts {
  /** Null: it cannot be told without the database's catalog. */
  readonly verdict: Verdict | null;
  /** Those that there may be, where that cannot be told. */
  readonly possible: readonly PossibleVerdict[];
}

/** The one verdict of them all, or what it depends on. */
export function verdictsOn(
  questions: readonly [PossibleQuestion, ...PossibleQuestion[]],
  evaluate: (question: PolicyQuestion) => Verdict,
): Verdicts {
  const [first, ...others] = questions;
  const verdict = evaluate(first.question);
  const different = others
    .map(({ question, if: reason }) => ({ verdict: evaluate(question), if: reason }))
    .filter((other) => !isSame(other.verdict, verdict));
  if (different.length === 0) return { verdict, possible: [] };
  return {
    verdict: null,
    possible: [{ verdict, if: 'nothing masked has such a part in it' }, ...different],
  };
}

/** Whether two verdicts let the same happen, for the same reasons. */
function isSame(one: Verdict, other: Verdict): boolean {
  const told = (verdict: Verdict) => {
    const chains = verdict.kind === 'review' ? verdict.chains.map(({ name }) => name) : [];
    const code = verdict.kind === 'deny' ? verdict.code : '';
    return JSON.stringify([verdict.kind, code, verdict.rules, chains]);
  };
  return told(one) === told(other);
}
