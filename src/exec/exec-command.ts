import type { Writable } from 'node:stream';
import type { ControlClient } from '../control/client.ts';
import type { RequestView } from '../control/contract.ts';
import { safeLine, safeText } from '../core/safe-text.ts';
import type { ExecReport } from './exec-report.ts';
import type { ExecStatus } from './exec-result.ts';
import { execSql } from './exec-sql.ts';
import { csvText, tableText } from './print-answer.ts';
import type { SqlError } from './sql-answer.ts';
import { readStatement } from './statement-source.ts';

export interface ExecCommand {
  readonly connection: string;
  readonly words: readonly string[];
  readonly flags: {
    readonly file?: string | undefined;
    readonly param?: readonly string[] | undefined;
    readonly json: boolean;
    readonly csv: boolean;
    readonly reason?: string | undefined;
    /** Milliseconds. */
    readonly wait?: number | undefined;
    readonly 'no-wait': boolean;
    /** Milliseconds. */
    readonly timeout?: number | undefined;
    readonly 'idempotency-key'?: string | undefined;
    readonly 'max-rows': number;
  };
  readonly control: () => Promise<ControlClient>;
  readonly isTerminal: boolean;
  readonly stdout: Writable;
  /** One line for the person, never data. */
  readonly talk: (line: string) => void;
}

const waitWithoutTerminalMs = 8_000;

/** `hoopx exec`: reads what to run, runs it, prints what came of it, returns the exit code. */
export async function runExecCommand(command: ExecCommand): Promise<number> {
  const { connection, words, flags, talk } = command;
  const waitMs = waitOf(command);
  const text = await readStatement({
    words,
    file: flags.file ?? null,
    stdin: () => process.stdin,
  });
  const client = await command.control();
  return withSignals(async (signals) => {
    const report = await execSql(
      {
        connection,
        text,
        parameters: flags.param ?? null,
        reason: flags.reason ?? null,
        idempotencyKey: flags['idempotency-key'] ?? null,
        waitMs,
        timeLimitMs: flags.timeout ?? null,
        maxRows: flags['max-rows'],
      },
      {
        client,
        ...signals,
        copyTo: command.stdout,
        onHeld: (request, first) => (first ? tellHeld : tellStillHeld)(request, talk),
        onDecision: (request) => tellDecision(request, talk),
      },
    );
    print(report, command);
    return report.exitCode;
  });
}

/** Ctrl-C cancels what was asked; whoever merely ends the process leaves it to be claimed. */
async function withSignals<T>(
  run: (signals: { interrupted: AbortSignal; terminated: AbortSignal }) => Promise<T>,
): Promise<T> {
  const interrupted = new AbortController();
  const terminated = new AbortController();
  const interrupt = () => interrupted.abort();
  const terminate = () => terminated.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', terminate);
  process.once('SIGHUP', terminate);
  try {
    return await run({ interrupted: interrupted.signal, terminated: terminated.signal });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', terminate);
    process.off('SIGHUP', terminate);
  }
}

function waitOf({ flags, isTerminal }: ExecCommand): number | null {
  if (flags['no-wait']) return 0;
  if (flags.wait !== undefined) return flags.wait;
  return isTerminal ? null : waitWithoutTerminalMs;
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

function print(report: ExecReport, { flags, stdout, talk }: ExecCommand): void {
  const { answer, refusal, result } = report;
  if (flags.json) {
    stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  if (answer !== null) {
    stdout.write(flags.csv ? csvText(answer) : tableText(answer));
    if (flags.csv && answer.results.some((each) => each.truncated)) {
      talk('hoopx: there were more rows than --max-rows; the rest was left out');
    }
    if (answer.error !== null) talk(errorText(answer.error));
  }
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

function errorText({ code, message, detail, hint }: SqlError): string {
  const lines = [`ERROR ${code}: ${message}`];
  if (detail !== null) lines.push(`  detail: ${detail}`);
  if (hint !== null) lines.push(`  hint: ${hint}`);
  return safeText(lines.join('\n'));
}
