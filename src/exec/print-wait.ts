import type { RequestView } from '../control/contract.ts';
import { safeLine } from '../core/safe-text.ts';
import type { ExecDeps } from './execution.ts';

/** Tells a person what is waited for, and what comes of it. */
export function tellOfWait(talk: (line: string) => void): Pick<ExecDeps, 'onHeld' | 'onDecision'> {
  return {
    onHeld: (request, first) => (first ? tellHeld : tellStillHeld)(request, talk),
    onDecision: (request) => tellDecision(request, talk),
  };
}

function tellHeld(request: RequestView, talk: (line: string) => void): void {
  talk(`hoopx: held for approval (${request.id}), until ${request.expiresAt}`);
  talk(`  rule: ${request.rules.map((rule) => safeLine(rule)).join(', ')}`);
  for (const missing of request.awaiting) talk(`  needs: ${safeLine(missing)}`);
  talk(`  a reviewer runs: hoopx approve ${request.id}`);
}

function tellStillHeld({ id, awaiting }: RequestView, talk: (line: string) => void): void {
  talk(`hoopx: still held (${id}); needs: ${awaiting.map((each) => safeLine(each)).join(', ')}`);
}

function tellDecision({ decisions, awaiting }: RequestView, talk: (line: string) => void): void {
  const last = decisions.at(-1);
  if (last?.kind !== 'approve') return;
  const rest = awaiting.map((each) => safeLine(each)).join(', ');
  const more = rest === '' ? '' : `; still needs: ${rest}`;
  talk(`hoopx: approved by ${safeLine(last.by.name)}${more}`);
}
