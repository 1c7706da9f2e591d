import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** A server that runs until it is ended, or until this process is gone. */
export interface Program {
  readonly pid: number;
  /** What it has written so far to standard output and error. */
  log(): Promise<string>;
  /** Throws with its log when it has ended by itself. */
  alive(): Promise<void>;
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** Kills what it is told to as soon as its own input ends, as it does when a test is killed. */
const reaper = 'cat >/dev/null; kill -9 "$1" 2>/dev/null';

export function startProgram(file: string, args: readonly string[], logFile: string): Program {
  const log = openSync(logFile, 'a');
  const child = spawn(file, args, { stdio: ['pipe', log, log], cwd: '/' });
  child.stdin?.on('error', () => {});
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} does not start`);
  reapWhenGone(pid);
  const written = () => readFile(logFile, 'utf8');
  return {
    pid,
    log: written,
    async alive() {
      if (ended(child)) throw new Error(`${file} has ended: ${(await written()).slice(-4000)}`);
    },
    async end(signal = 'SIGTERM') {
      if (ended(child)) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}

function reapWhenGone(pid: number): void {
  const child = spawn('sh', ['-c', reaper, 'reaper', `${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.stdin.on('error', () => {});
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
}

function ended({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
