import type { Clearance, OperationGate, OutcomeSink, Permit } from '../../../core/gate.ts';
import type { SshOperation } from '../../../core/operation.ts';
import type { Refusal } from '../../../core/refusal.ts';
import type { Lending, LendingKind } from './lending.ts';
import { lendingOperation, startWithLendings } from './lending-operations.ts';

/** What has been permitted; `sink` where it was a decision of its own. */
export interface Loan {
  readonly lending: Lending;
  readonly sink: OutcomeSink | null;
}

export type StartClearance =
  | { readonly kind: 'cleared'; readonly permit: Permit; readonly loans: readonly Loan[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface StartParts {
  readonly gate: OperationGate;
  /** The number that what is started was given before. */
  readonly number: number;
  readonly decide: (operation: SshOperation, number?: number) => Promise<Clearance>;
  /** What is started goes on without that. */
  readonly without: (kind: LendingKind, refusal: Refusal) => Promise<void>;
}

/**
 * Decides what a client starts, and what it lends to it. What the rules do not lend is left out,
 * and no more than that. Where people have to look at the start, they decide on the two as one;
 * what people refuse does not start at all.
 */
export async function decideStart(
  start: SshOperation,
  asked: readonly Lending[],
  parts: StartParts,
): Promise<StartClearance> {
  const { gate, decide, number } = parts;
  const verdict = asked.length === 0 ? null : gate.foresee(start.decidable);
  if (verdict === null || verdict.kind === 'deny') {
    return withLoans(await decide(start, number), []);
  }
  const lendings = await lendable(start, asked, parts);
  if (verdict.kind === 'allow') return decideApart(start, lendings, parts);
  return decideTogether(start, lendings, parts);
}

/** Those that no rule denies. */
async function lendable(
  start: SshOperation,
  asked: readonly Lending[],
  { gate, decide, without }: StartParts,
): Promise<readonly Lending[]> {
  const lendings: Lending[] = [];
  for (const lending of asked) {
    const operation = lendingOperation(lending, start);
    if (gate.foresee(operation.decidable).kind !== 'deny') {
      lendings.push(lending);
      continue;
    }
    const clearance = await decide(operation);
    if (clearance.kind === 'refused') await without(lending.kind, clearance.refusal);
  }
  return lendings;
}

async function decideTogether(
  start: SshOperation,
  lendings: readonly Lending[],
  { decide, number }: StartParts,
): Promise<StartClearance> {
  if (lendings.length === 0) return withLoans(await decide(start, number), []);
  const loans = lendings.map((lending) => ({ lending, sink: null }));
  return withLoans(await decide(startWithLendings(start, lendings), number), loans);
}

async function decideApart(
  start: SshOperation,
  lendings: readonly Lending[],
  { decide, number }: StartParts,
): Promise<StartClearance> {
  const loans: Loan[] = [];
  for (const lending of lendings) {
    const clearance = await decide(lendingOperation(lending, start));
    if (clearance.kind === 'refused') return notLent(loans, clearance.refusal);
    loans.push({ lending, sink: clearance.permit.spend() });
  }
  const clearance = await decide(start, number);
  return clearance.kind === 'refused'
    ? notLent(loans, clearance.refusal)
    : withLoans(clearance, loans);
}

async function notLent(loans: readonly Loan[], refusal: Refusal): Promise<StartClearance> {
  for (const { sink } of loans) {
    await sink?.failed({ message: 'nothing was started', targetCode: null, rowCount: null });
  }
  return { kind: 'refused', refusal };
}

function withLoans(clearance: Clearance, loans: readonly Loan[]): StartClearance {
  return clearance.kind === 'refused' ? clearance : { ...clearance, loans };
}
