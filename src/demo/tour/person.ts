import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface PersonOptions {
  /** How hoopx is run. */
  readonly command: readonly [file: string, ...args: string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Each line as it comes, of either stream. */
  readonly onLine: (line: string) => void;
}

/** One run of the program, as in a terminal of somebody's own. */
export interface Run {
  /** So far, of both streams. */
  output(): string;
  /** Resolves with the part of the output that matches; null when it ended without. */
  said(pattern: RegExp): Promise<string | null>;
  /** Resolves with the exit code; null after a signal. */
  readonly ended: Promise<number | null>;
}

const timeLimitMs = 90_000;

/** Runs hoopx as a process of its own, with nothing on standard input. */
export function runAs(options: PersonOptions, args: readonly string[]): Run {
  const [file, ...before] = options.command;
  const child = spawn(file, [...before, ...args], {
    cwd: options.cwd,
    env: { ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(timeLimitMs)]),
  });
  let output = '';
  const waiting = new Set<() => void>();
  const heard = (line: string) => {
    output += `${line}\n`;
    options.onLine(line);
    for (const look of waiting) look();
  };
  const ended = endOf(child, [linesOf(child.stdout, heard), linesOf(child.stderr, heard)]);
  return {
    output: () => output,
    said(pattern) {
      return new Promise((resolve) => {
        const look = () => {
          const found = pattern.exec(output)?.[0];
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(() => resolve(pattern.exec(output)?.[0] ?? null));
      });
    },
    ended,
  };
}

async function linesOf(stream: Readable, heard: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) heard(line);
}

async function endOf(
  child: ChildProcess,
  reading: readonly Promise<void>[],
): Promise<number | null> {
  // `events.once` would reject when it is aborted, which is one way to end.
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => {
      if (child.pid === undefined) resolve();
    });
  });
  await Promise.all(reading);
  return child.exitCode;
}
