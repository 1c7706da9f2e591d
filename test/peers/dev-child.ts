import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { onTestFinished } from 'vitest';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of the built program. */
export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  /** Resolves with what matched either stream; rejects when it ended without. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface Summary {
  readonly gateway: string;
  readonly issuer: string;
  readonly postgres: string;
  readonly dir: string;
}

/** A user with a home and a temporary folder of their own. */
export interface DevUser {
  readonly temporary: string;
  hoopx(...args: string[]): Child;
  /** `hoopx dev --json --port 0` with more arguments, once everything answers. */
  dev(...args: string[]): Promise<Child & { readonly summary: Summary }>;
  /** What a demo that ended has left: files, notes, processes. */
  leftovers(): Promise<readonly string[]>;
}

const program = path.join(import.meta.dirname, '..', '..', 'bin', 'run.js');

export function newDevUser(): DevUser {
  const home = mkdtempSync(path.join(tmpdir(), 'hoopx-dev-user-'));
  const temporary = path.join(home, 'tmp');
  mkdirSync(temporary);
  // As root, PostgreSQL has an account of its own and must get there.
  for (const folder of [home, temporary]) chmodSync(folder, 0o755);
  const children: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of children) if (isRunning(child)) child.kill('SIGKILL');
    await until(() => processesOf(home).length === 0);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TMPDIR: temporary,
    XDG_STATE_HOME: path.join(home, 'state'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    HOOPX_CREDENTIALS: 'file',
  };
  const hoopx = (...args: string[]): Child => {
    const child = spawn(process.execPath, [program, ...args], {
      env,
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return listenTo(child);
  };
  return {
    temporary,
    hoopx,
    async dev(...args) {
      const child = hoopx('dev', '--json', '--port', '0', ...args);
      const [line] = await child.said(/^\{.*\}$/m);
      return { ...child, summary: JSON.parse(line) };
    },
    async leftovers() {
      // The reaper and the last sockets take a moment.
      await until(() => processesOf(home).length === 0, 3_000);
      const notes = path.join(home, 'state', 'hoopx', 'demos');
      return [
        ...readdirSync(temporary),
        ...(existsSync(notes) ? readdirSync(notes) : []),
        ...processesOf(home),
      ];
    },
  };
}

/** Past the gateway. */
export async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

export async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition() && Date.now() < deadline) await sleep(50);
}

/** Command lines of processes that mention the folder, or whose environment does. */
function processesOf(folder: string): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const about = ['cmdline', 'environ'].map((file) => readProc(pid, file));
    const own = Number(pid) === process.pid;
    return !own && about.some((text) => text.includes(folder)) ? [about[0] ?? ''] : [];
  });
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function listenTo(child: ChildProcess): Child {
  const said = { stdout: '', stderr: '' };
  const looks = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      for (const look of looks) look();
    });
  }
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, ...said }));
  return {
    process: child,
    ended,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(said.stdout) ?? pattern.exec(said.stderr);
          if (found !== null) resolve(found);
        };
        looks.add(look);
        look();
        void ended.then(({ code, stderr }) =>
          reject(new Error(`ended with ${code} before it said ${pattern}: ${stderr}`)),
        );
      }),
  };
}
