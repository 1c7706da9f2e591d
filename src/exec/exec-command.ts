import type { Writable } from 'node:stream';
import type { ControlClient } from '../control/client.ts';
import type { ConnectionView } from '../control/contract.ts';
import type { RunRemoteCommand } from '../core/remote-command.ts';
import { askOf } from './exec-ask.ts';
import { checkFlagsFor, checkTogether, type ExecFlags, usage } from './exec-flags.ts';
import type { ExecReport } from './exec-report.ts';
import { startSql } from './exec-sql.ts';
import { type ExecDeps, execute, type Start } from './execution.ts';
import { printReport } from './print-report.ts';
import { tellOfWait } from './print-wait.ts';
import { withSignals } from './signals.ts';
import { readStatement } from './statement-source.ts';

export interface ExecCommand {
  /** Null where `--on` says which. */
  readonly connection: string | null;
  /** Behind the connection. */
  readonly words: readonly string[];
  /** They stood behind `--`. */
  readonly dashed: boolean;
  readonly flags: ExecFlags;
  readonly control: () => Promise<ControlClient>;
  /** Loads what runs a command over SSH. */
  readonly remote: () => Promise<RunRemoteCommand>;
  readonly isTerminal: boolean;
  readonly stdin: () => typeof process.stdin;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The person's terminal type, as in TERM. */
  readonly term: string | null;
  /** One line for the person, never data. */
  readonly talk: (line: string) => void;
}

/** `hoopx exec`: reads what to run, runs it, prints what came of it, returns the exit code. */
export async function runExecCommand(command: ExecCommand): Promise<number> {
  const { connection, flags } = command;
  checkTogether(flags);
  if (flags.on !== undefined) {
    const { execOn } = await import('./exec-on.ts');
    return execOn(command, flags.on);
  }
  if (connection === null) throw usage('name the connection, or say --on which');
  const client = await command.control();
  const text = await textFromElsewhere(command, connection, client);
  return withSignals(async (signals) => {
    const deps = { client, ...signals, ...tellOfWait(command.talk) };
    const report = await runOne(command, connection, text, deps);
    const format = flags.json ? 'json' : flags.csv ? 'csv' : 'text';
    printReport(report, { format, stdout: command.stdout, talk: command.talk });
    return report.exitCode;
  });
}

/**
 * SQL that is not on the command line is read before anything is opened, and standard input
 * only once it is known that SQL is wanted. Null where there is none to read.
 */
async function textFromElsewhere(
  command: ExecCommand,
  connection: string,
  client: ControlClient,
): Promise<string | null> {
  if (command.words.length > 0) return null;
  const { type } = await client.connection(connection);
  return type === 'postgres' ? statementOf(command) : null;
}

function statementOf({ words, flags, stdin }: ExecCommand): Promise<string> {
  return readStatement({ words, file: flags.file ?? null, stdin });
}

async function runOne(
  command: ExecCommand,
  connection: string,
  text: string | null,
  deps: ExecDeps,
): Promise<ExecReport> {
  let release = () => {};
  try {
    return await execute(askOf(command, connection), deps, async (view) => {
      checkFlagsFor(view, command.flags);
      if (view.type === 'postgres') return startOfSql(command, text, view);
      if (view.type === 'http') return startOfHttp(command);
      if (view.type === 'kubernetes') return startOfKubectl(command, view);
      const { prepareRemote, startRemote } = await remoteParts();
      const prepared = await prepareRemote({ ...command, client: command.remote });
      release = prepared.release;
      return startRemote(prepared.part, view);
    });
  } finally {
    release();
  }
}

async function startOfSql(
  command: ExecCommand,
  text: string | null,
  view: Extract<ConnectionView, { type: 'postgres' }>,
): Promise<Start> {
  const { flags, stdout } = command;
  const sql = text ?? (await statementOf(command));
  const parameters = flags.param ?? null;
  return startSql({ text: sql, parameters, maxRows: flags['max-rows'], copyTo: stdout }, view);
}

async function startOfHttp({ words, flags, stdin, stdout }: ExecCommand): Promise<Start> {
  const [{ readHttpAsk }, { startHttp }] = await Promise.all([
    import('./http-source.ts'),
    import('./exec-http.ts'),
  ]);
  const ask = await readHttpAsk({ words, flags, stdin });
  return startHttp({ ask, stdout: flags.json ? null : stdout, maxOutput: flags['max-output'] });
}

async function startOfKubectl(
  command: ExecCommand,
  view: Extract<ConnectionView, { type: 'kubernetes' }>,
): Promise<Start> {
  const { words, flags, stdout, stderr, talk } = command;
  const [{ kubectlWords }, { startKubectl }, { outputOf }] = await Promise.all([
    import('./kubectl-words.ts'),
    import('./exec-kubectl.ts'),
    import('./remote-part.ts'),
  ]);
  const { kept, ...output } = outputOf(command);
  const own = !flags.json && stdout === process.stdout && stderr === process.stderr;
  return startKubectl({ args: kubectlWords(words), output: own ? null : output, kept, talk }, view);
}

/** Loaded only for a remote command: a database needs none of it. */
async function remoteParts() {
  const [{ prepareRemote }, { startRemote }] = await Promise.all([
    import('./remote-part.ts'),
    import('./exec-remote.ts'),
  ]);
  return { prepareRemote, startRemote };
}
