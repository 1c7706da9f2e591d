import { finished } from 'node:stream/promises';
import type { ControlClient } from '../control/client.ts';
import { UserError } from '../core/user-error.ts';
import { askOf } from './exec-ask.ts';
import type { ExecCommand } from './exec-command.ts';
import { type RemotePart, startRemote } from './exec-remote.ts';
import type { ExecReport } from './exec-report.ts';
import { execResult } from './exec-result.ts';
import { type ExecDeps, execute } from './execution.ts';
import { inParallel } from './in-parallel.ts';
import { PrefixedOutput } from './prefixed-output.ts';
import { printReport } from './print-report.ts';
import { tellOfWait } from './print-wait.ts';
import { outputOf, prepareRemote } from './remote-part.ts';
import { connectionsWith, parseLabels } from './select-connections.ts';
import { withSignals } from './signals.ts';

const atOnce = 8;

type Signals = Pick<ExecDeps, 'interrupted' | 'terminated'>;

/**
 * The same command at every SSH connection with these labels, one request each. Returns 0 when
 * all of them do, else the first other exit code in the order of names.
 */
export async function execOn(command: ExecCommand, labels: readonly string[]): Promise<number> {
  const wanted = parseLabels(labels);
  const { part } = await prepareRemote({ ...command, client: command.remote });
  const client = await command.control();
  const names = await connectionsWith(client, wanted);
  const codes = await withSignals((signals) =>
    inParallel(names, atOnce, (name, giveWay) =>
      runAt(name, { command, part, client, signals, giveWay }),
    ),
  );
  return codes.find((code) => code !== 0) ?? 0;
}

interface Run {
  readonly command: ExecCommand;
  readonly part: RemotePart;
  readonly client: ControlClient;
  readonly signals: Signals;
  /** What is held takes no place from those that could run. */
  readonly giveWay: () => void;
}

async function runAt(name: string, run: Run): Promise<number> {
  const { command } = run;
  const stdout = prefixed(name, command.stdout);
  const stderr = prefixed(name, command.stderr);
  const report = await reportOf(name, run, { stdout, stderr });
  await Promise.all([stdout, stderr].map((each) => finished(each.end()).catch(() => {})));
  const talk = (line: string) => command.talk(`[${name}] ${line}`);
  printReport(report, {
    ...{ format: command.flags.json ? 'json' : 'text', stdout: command.stdout, talk },
  });
  return report.exitCode;
}

function prefixed(name: string, to: ExecCommand['stdout']): PrefixedOutput {
  // Whoever writes to it is told; and the other connections go on.
  return new PrefixedOutput(name, to).on('error', () => {});
}

async function reportOf(
  name: string,
  { command, part, client, signals, giveWay }: Run,
  output: { readonly stdout: PrefixedOutput; readonly stderr: PrefixedOutput },
): Promise<ExecReport> {
  const { flags } = command;
  const told = tellOfWait((line) => command.talk(`[${name}] ${line}`));
  const onHeld: ExecDeps['onHeld'] = (request, first) => {
    told.onHeld(request, first);
    giveWay();
  };
  const key = flags['idempotency-key'];
  const ask = {
    ...askOf(command, name),
    idempotencyKey: key === undefined ? null : `${key}@${name}`,
  };
  const own = { ...part, ...outputOf({ flags, ...output }) };
  try {
    return await execute(ask, { client, ...signals, ...told, onHeld }, (view) => {
      if (view.type !== 'ssh') throw new Error(`${name} is no SSH connection any more`);
      return startRemote(own, view);
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return unreached(name, error);
  }
}

/** That one of them cannot be had does not stop the others. */
function unreached(connection: string, { exitCode, message, hint }: UserError): ExecReport {
  return {
    exitCode,
    result: execResult({
      target: { connection, protocol: 'ssh' },
      ...{ status: 'failed', source: 'hoopx', operation: null, request: null },
    }),
    answer: null,
    refusal: { message, hint: hint ?? null },
  };
}
