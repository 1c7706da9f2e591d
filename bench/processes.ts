import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A program that runs beside the benchmark. */
export interface Companion {
  readonly pid: number;
  /** Resolves with the first line of stdout or stderr that `pattern` matches. */
  line(pattern: RegExp): Promise<string>;
  /** Resolves once something listens on this port of loopback. */
  listening(port: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly account?: { readonly uid: number; readonly gid: number } | null;
}

const patienceMs = 20_000;

export function startProgram(
  file: string,
  args: readonly string[],
  { env = {}, cwd = '/', account = null }: ProgramOptions = {},
): Companion {
  const child = spawn(file, args, {
    ...account,
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text = `${text}${chunk}`.slice(-100_000);
      child.emit('said');
    });
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} did not start`);
  return {
    pid,
    line: (pattern) => lineOf(child, pattern, () => text, [file, ...args].join(' ')),
    async listening(port) {
      const deadline = performance.now() + patienceMs;
      while (!(await answers(port))) {
        const over = child.exitCode !== null || performance.now() > deadline;
        if (over) throw new Error(`${file} does not listen on ${port}:\n${text}`);
        await delay(50);
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await gone;
      clearTimeout(timer);
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function lineOf(
  child: ChildProcess,
  pattern: RegExp,
  text: () => string,
  name: string,
): Promise<string> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = text()
      .split('\n')
      .find((line) => pattern.test(line));
    if (found !== undefined) return found;
    const over = child.exitCode !== null || child.signalCode !== null;
    const left = deadline - performance.now();
    if (over || left <= 0) throw new Error(`${name} did not say ${pattern}:\n${text()}`);
    const signal = AbortSignal.timeout(Math.ceil(left));
    await Promise.race([once(child, 'said', { signal }), once(child, 'exit', { signal })]).catch(
      () => {},
    );
  }
}

/** Linux counts in hundredths of a second, whatever the kernel was built with (proc(5)). */
const ticksPerSecond = 100;

/** User and system seconds that these processes have used so far, all their threads included. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / ticksPerSecond;
}
