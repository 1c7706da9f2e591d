import type { Writable } from 'node:stream';
import { safeText } from '../core/safe-text.ts';
import type { Answer } from './answer.ts';
import type { ExecReport } from './exec-report.ts';
import type { ExecStatus } from './exec-result.ts';
import { type HttpEnd, isSuccess } from './http-answer.ts';
import { csvText, tableText } from './print-answer.ts';
import { childOf } from './remote-answer.ts';
import type { SqlAnswer, SqlError } from './sql-answer.ts';

type AnsweredEnd = Extract<HttpEnd, { kind: 'answered' }>;

export interface Printing {
  readonly format: 'json' | 'csv' | 'text';
  readonly stdout: Writable;
  /** One line for the person, never data. */
  readonly talk: (line: string) => void;
}

/** What came of it: data to stdout, the rest as talk. */
export function printReport(report: ExecReport, to: Printing): void {
  const { answer, refusal, result } = report;
  const { talk } = to;
  if (to.format === 'json') {
    to.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  if (answer !== null) printAnswer(answer, to);
  if (refusal !== null) {
    talk(`hoopx: ${safeText(refusal.message)}`);
    if (refusal.hint !== null) talk(`  ${safeText(refusal.hint)}`);
  }
  if (!result.final) {
    talk(`hoopx: ${result.status} (${result.requestId})${then[result.status] ?? ''}`);
  }
  if (result.next !== null) talk(`  ${result.next}`);
}

const then: Partial<Record<ExecStatus, string>> = {
  pending: '; repeat the command once it is approved',
  approved: '; repeat the command to run it',
};

function printAnswer(answer: Answer, to: Printing): void {
  if (answer.protocol === 'postgres') printSql(answer, to);
  else if (answer.end.kind === 'answered') sayStatus(answer.end, to);
  else if (answer.end.kind === 'killed') {
    to.talk(`hoopx: ${safeText(childOf(answer.end).message ?? '')}`);
  }
}

/** An error of the service's own is told beside its body. */
function sayStatus({ status, statusText }: AnsweredEnd, { talk }: Printing): void {
  if (!isSuccess(status)) talk(safeText(`HTTP ${status} ${statusText}`.trim()));
}

function printSql(answer: SqlAnswer, { format, stdout, talk }: Printing): void {
  stdout.write(format === 'csv' ? csvText(answer) : tableText(answer));
  if (format === 'csv' && answer.results.some((each) => each.truncated)) {
    talk('hoopx: there were more rows than --max-rows; the rest was left out');
  }
  if (answer.error !== null) talk(errorText(answer.error));
}

function errorText({ code, message, detail, hint }: SqlError): string {
  const lines = [`ERROR ${code}: ${message}`];
  if (detail !== null) lines.push(`  detail: ${detail}`);
  if (hint !== null) lines.push(`  hint: ${hint}`);
  return safeText(lines.join('\n'));
}
