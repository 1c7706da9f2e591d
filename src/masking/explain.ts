import type { Facts } from '../core/facts.ts';
import {
  type ColumnMasking,
  type Mask,
  type MaskingRule,
  type MaskStrategy,
  redactedText,
  type Unmask,
} from '../core/masking.ts';
import { applies, type MaskingQuestion } from './applies.ts';
import { columnGlobTouches, compileColumns } from './columns.ts';

/** What one rule masks of an answer, as far as can be said before there is one. */
export interface MaskExplanation {
  readonly rule: string | null;
  readonly strategy: MaskStrategy;
  /** Of the globs, those that may name a column of what the statement names. */
  readonly columns: readonly string[];
  /** JSON paths, for answers that have them. */
  readonly paths: readonly string[];
  /** Detectors, and names of patterns, that look through whatever is answered. */
  readonly detectors: readonly string[];
  /** How it is lifted for a time; null: it is not. */
  readonly unmask: Unmask | null;
}

/** The rules that mask in such a session, and what of them may meet the operation's answer. */
export function explainMasking(
  rules: readonly MaskingRule[],
  question: MaskingQuestion,
  facts: Facts,
): readonly MaskExplanation[] {
  return rules
    .filter((rule) => applies(rule, question))
    .map((rule) => explained(rule, facts))
    .filter(
      ({ columns, paths, detectors }) => columns.length + paths.length + detectors.length > 0,
    );
}

/** What such a session masks of SQL: which columns, and whether detectors look through all of it. */
export function explainedMasking(
  rules: readonly MaskingRule[],
  question: MaskingQuestion,
): { readonly columns: ColumnMasking | null; readonly text: boolean } {
  const mask: Mask = { strategy: 'redact', apply: () => redactedText };
  const applying = rules.filter((rule) => applies(rule, question));
  return {
    columns: compileColumns(applying.map(({ columns }) => ({ globs: columns, mask }))),
    text: applying.some(
      ({ detectors, patterns }) => detectors.length + Object.keys(patterns).length > 0,
    ),
  };
}

/** A time as the configuration writes it: `90s`, `30m`. */
export function lengthOf(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1_000}s`;
}

function explained(rule: MaskingRule, facts: Facts): MaskExplanation {
  const { name, strategy, columns, paths, detectors, patterns, unmask } = rule;
  const isSql = facts.protocol === 'postgres';
  const relations = isSql ? [...facts.reads, ...facts.writes] : [];
  return {
    rule: name,
    ...{ strategy, unmask },
    columns: columns.filter((glob) =>
      relations.some((relation) => columnGlobTouches(glob, relation.schema, relation.name)),
    ),
    paths: facts.protocol === 'http' || facts.protocol === 'kubernetes' ? paths : [],
    detectors: [...detectors, ...Object.keys(patterns)],
  };
}
