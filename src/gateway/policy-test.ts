import type { PolicyCase } from '../config/policy-cases.ts';
import type { PolicyFile } from '../config/policy-file.ts';
import type { Verdict } from '../core/verdict.ts';
import { compilePolicy } from '../policy/policy.ts';
import { questionOf } from './explain.ts';
import { possibleQuestions, type Verdicts, verdictsOn } from './possible-questions.ts';
import type { StatementReaders } from './statement-readers.ts';

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** Null: it cannot be told without the database's catalog, and the case fails for that. */
  readonly verdict: Verdict | null;
  /** What differs, in words; empty when it passed. */
  readonly differences: readonly string[];
}

/** @throws UserError for a connection that the file does not have */
export function testPolicy(
  file: PolicyFile,
  readers: StatementReaders,
  cases: readonly PolicyCase[],
): readonly CaseResult[] {
  const policy = compilePolicy(file.policy);
  return cases.map((each) => {
    const questions = possibleQuestions(file, readers, questionOf(file, readers, each));
    const told = verdictsOn(questions, (question) => policy.evaluate(question));
    const differences = differencesIn(each.expect, told);
    return {
      name: each.name,
      passed: differences.length === 0,
      verdict: told.verdict,
      differences,
    };
  });
}

/** A case passes only if it would whatever the database's catalog says. */
function differencesIn(expected: PolicyCase['expect'], { verdict, possible }: Verdicts): string[] {
  if (verdict !== null) return differencesOf(expected, verdict);
  if (possible.every((each) => differencesOf(expected, each.verdict).length === 0)) return [];
  const told = possible.map((each) => `${describe(each.verdict)}, if ${each.if}`);
  return [
    `expected ${expected.verdict}, which cannot be told without the database's catalog: ${told.join('; ')}`,
  ];
}

function differencesOf(expected: PolicyCase['expect'], verdict: Verdict): string[] {
  const { rules, chains } = { rules: undefined, chains: undefined, ...expected };
  const actualChains = verdict.kind === 'review' ? verdict.chains.map(({ name }) => name) : [];
  return [
    ...(expected.verdict === verdict.kind
      ? []
      : [`expected ${expected.verdict}, got ${describe(verdict)}`]),
    ...differing('rules', rules, verdict.rules),
    ...differing('chains', chains, actualChains),
  ];
}

function differing(
  what: string,
  expected: readonly string[] | undefined,
  actual: readonly string[],
): string[] {
  if (expected === undefined) return [];
  const [wanted, got] = [expected, actual].map((names) => [...names].sort().join(', '));
  return wanted === got ? [] : [`expected ${what} ${wanted}, got ${got || 'none'}`];
}

function describe(verdict: Verdict): string {
  const by = verdict.rules.length === 0 ? '' : ` by ${verdict.rules.join(', ')}`;
  return verdict.kind === 'deny' ? `deny${by}: ${verdict.message}` : `${verdict.kind}${by}`;
}
