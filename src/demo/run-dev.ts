import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type DemoNote, removeDemoNote, writeDemoNote } from '../config/client-demo-note.ts';
import type { ClientEnvironment } from '../config/client-environment.ts';
import { findGateway } from '../config/client-gateway.ts';
import { processEnvironment } from '../config/environment.ts';
import type { RequestView } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { safeLine } from '../core/safe-text.ts';
import { UserError } from '../core/user-error.ts';
import type { GatewayLog } from '../gateway/log.ts';
import { type CleanUp, createCleanUp } from './clean-up.ts';
import { followRequests } from './follow-requests.ts';
import { type Program, typedCommand } from './invocation.ts';
import { requireLoopback } from './listen.ts';
import { demoScreen } from './screen.ts';
import { type Demo, startDemo } from './start-demo.ts';
import { styleFor } from './style.ts';
import { watchSaved } from './watch-file.ts';

export interface DevOptions {
  readonly listen: string;
  /** Null: 7443, or a free one where nobody else is to find it. */
  readonly port: number | null;
  readonly dir: string | null;
  readonly postgres: string | null;
  readonly tour: 'none' | 'first' | 'only';
  readonly json: boolean;
  readonly version: string;
  readonly program: Program;
  readonly environment: ClientEnvironment;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** A request as reviewers see it. */
  readonly card: (request: RequestView, columns: number) => string;
  /** Aborted by Ctrl-C and the like: that is how a demo ends. */
  readonly stop: AbortSignal;
}

const defaultPort = 7443;

/**
 * The whole of `hoopx dev`. Resolves with the exit code when everything is ended and removed:
 * 0 when it was stopped, or the tour was all; 1 when a step of the tour did not happen.
 * @throws UserError when it cannot start
 */
export async function runDev(options: DevOptions): Promise<number> {
  requireLoopback(options.listen);
  const cleanUp = createCleanUp();
  try {
    return await play(options, cleanUp);
  } catch (error) {
    if (!options.stop.aborted || error !== options.stop.reason) throw error;
    return exitCodes.interrupted;
  } finally {
    await cleanUp.run();
  }
}

async function play(options: DevOptions, cleanUp: CleanUp): Promise<number> {
  const { tour, stop, json, stdout, stderr } = options;
  const talk = json ? stderr : stdout;
  const say = (line: string) => void talk.write(`${line}\n`);
  const log = logTo((line) => stderr.write(`${line}\n`));
  if (talk.isTTY) say('Starting a gateway, a login provider and a PostgreSQL…');
  const demo = await startDemo(
    {
      host: options.listen,
      port: options.port ?? (tour === 'only' ? 0 : defaultPort),
      ...{ dir: options.dir, postgres: options.postgres, version: options.version, log },
      onPostgresEnded: () =>
        log.error({}, 'PostgreSQL has ended; the demo cannot go on without it'),
      signal: stop,
    },
    cleanUp,
  );
  if (tour !== 'only') await leaveNote(demo, options.environment, cleanUp);
  if (json) stdout.write(`${JSON.stringify(summaryOf(demo))}\n`);
  if (tour !== 'none' && !(await tourOf(demo, options, say))) return exitCodes.failure;
  if (tour === 'only') return exitCodes.success;
  if (!json) for (const line of await screenFor(demo, options)) say(line);
  await stay(demo, options, (line) => say(`${clock()} ${line}`), log);
  return exitCodes.success;
}

async function tourOf(
  demo: Demo,
  options: DevOptions,
  say: (line: string) => void,
): Promise<boolean> {
  const { json, stderr, stdout, environment, program, card, stop } = options;
  const talk = json ? stderr : stdout;
  const { playTour } = await import('./tour/play.ts');
  const style = styleFor(environment.color && talk.isTTY);
  const happened = await playTour({
    ...{ demo, program, style, say, card },
    psql: await hasPsql(),
    columns: Math.max(60, Math.min(100, talk.columns ?? 100) - 4),
    pause: async (milliseconds) => {
      if (talk.isTTY) await delay(milliseconds, undefined, { signal: stop }).catch(() => {});
      stop.throwIfAborted();
    },
    signal: stop,
  });
  if (!happened) return false;
  say('');
  say(`${style.good('✓')} That was all of it, for real. The rows are back as they were.`);
  say('');
  return true;
}

/** Until it is stopped. */
async function stay(
  demo: Demo,
  { stop }: DevOptions,
  tell: (line: string) => void,
  log: GatewayLog,
): Promise<void> {
  watchSaved(demo.folder.config, stop, () => {
    void demo.reload().then((read) => {
      if (read) tell('the rules were read again');
    });
  });
  while (!stop.aborted) {
    try {
      await followRequests(demo, tell, stop);
    } catch (error) {
      if (!stop.aborted) log.warn({ err: error }, 'requests cannot be followed for now');
    }
    await delay(1_000, undefined, { signal: stop }).catch(() => {});
  }
}

/** So that the CLI of the same user finds it, and trusts its certificate. */
async function leaveNote(
  demo: Demo,
  { paths }: ClientEnvironment,
  cleanUp: CleanUp,
): Promise<void> {
  const note: DemoNote = {
    gateway: demo.gateway,
    ca: demo.folder.ca,
    dir: demo.folder.dir,
    issuer: demo.provider.issuer,
    pid: process.pid,
    startedAt: Date.now(),
  };
  cleanUp.add(() => removeDemoNote(paths, note));
  await writeDemoNote(paths, note);
}

async function screenFor(demo: Demo, options: DevOptions): Promise<readonly string[]> {
  const { environment, program, stdout } = options;
  const variables = processEnvironment();
  const typed = typedCommand(program, process.cwd(), variables.PATH ?? '');
  const gateway = variables.HOOPX_GATEWAY ?? null;
  const found = await findGateway({ profile: 'default', gateway, ca: null }, environment.paths)
    .then(({ url }) => url)
    .catch(() => null);
  const elsewhere = found === demo.gateway ? '' : ` --gateway ${demo.gateway}`;
  return demoScreen(demo, {
    hoopx: typed,
    flags: elsewhere,
    psql: await hasPsql(),
    style: styleFor(environment.color && stdout.isTTY),
  });
}

function summaryOf({ gateway, provider, target, folder }: Demo) {
  return { gateway, issuer: provider.issuer, postgres: target.url, dir: folder.dir };
}

/** Asked by running it: Debian's wrapper may be there without what it wraps. */
function hasPsql(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('psql', ['--version'], (error) => resolve(error === null));
  });
}

/** What operators would read in the gateway's log, without what is as it should be. */
function logTo(tell: (line: string) => void): GatewayLog {
  const line = (detail: object, message: string) => {
    const said = Object.values(detail).map((value) => safeLine(wordsOf(value), 1_000));
    tell([clock(), message, ...said].join(' '));
  };
  return { info: () => {}, warn: line, error: line };
}

function wordsOf(value: unknown): string {
  if (value instanceof UserError) return value.message;
  if (value instanceof Error) return value.stack ?? value.message;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}
