import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa, parseCommandString } from 'execa';
import { safeLine } from '../core/safe-text.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value that does not stand in the file comes from. */
export interface Reference {
  readonly scheme: 'env' | 'file' | 'exec';
  readonly target: string;
}

export interface ResolveOptions {
  /** What relative paths start from, and where commands run. */
  readonly folder: string;
  readonly env: Environment;
  readonly timeLimitMs: number;
}

const maxBytes = 64 * 1024;

/** Null when the text is no reference. */
export function parseReference(text: string): Reference | null {
  const match = /^(env|file|exec):\s*(\S.*)$/.exec(text);
  const [, scheme, target] = match ?? [];
  if (target === undefined) return null;
  if (scheme !== 'env' && scheme !== 'file' && scheme !== 'exec') return null;
  return { scheme, target: target.trim() };
}

/**
 * The value, less one newline at its end. Throws an `Error` whose message says what failed
 * and never quotes the value.
 */
export async function resolveReference(
  { scheme, target }: Reference,
  options: ResolveOptions,
): Promise<string> {
  const value = await read(scheme, target, options);
  const trimmed = value.replace(/\r?\n$/, '');
  if (trimmed === '') throw new Error(`${scheme}:${target} is empty`);
  return trimmed;
}

async function read(
  scheme: Reference['scheme'],
  target: string,
  options: ResolveOptions,
): Promise<string> {
  switch (scheme) {
    case 'env': {
      const value = Object.hasOwn(options.env, target) ? options.env[target] : undefined;
      if (value === undefined) throw new Error(`the environment has no ${target}`);
      return value;
    }
    case 'file':
      return readWhole(path.resolve(options.folder, target));
    case 'exec':
      return runCommand(target, options);
    default:
      return scheme satisfies never;
  }
}

async function readWhole(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (bytes.length > maxBytes) throw new Error(`${file} is larger than 64 KiB`);
  return bytes.toString('utf8');
}

/** Without a shell: words are split at spaces, and a backslash keeps a space in its word. */
async function runCommand(command: string, options: ResolveOptions): Promise<string> {
  const [file = '', ...args] = parseCommandString(command);
  const result = await execa(file, args, {
    cwd: options.folder,
    env: { ...options.env },
    extendEnv: false,
    stdin: 'ignore',
    stripFinalNewline: false,
    timeout: options.timeLimitMs,
    maxBuffer: maxBytes,
    reject: false,
  });
  if (!result.failed) return result.stdout;
  throw new Error(`exec:${file} ${commandFailure(result, options.timeLimitMs)}`);
}

function commandFailure(
  result: {
    readonly timedOut: boolean;
    readonly isMaxBuffer: boolean;
    readonly exitCode?: number | undefined;
    readonly signal?: string | undefined;
    readonly code?: string | undefined;
    readonly stderr: string;
  },
  timeLimitMs: number,
): string {
  if (result.timedOut) return `took longer than ${timeLimitMs / 1000} s`;
  if (result.isMaxBuffer) return 'printed more than 64 KiB';
  if (result.exitCode === undefined) return `could not be run (${result.signal ?? result.code})`;
  const said = safeLine(result.stderr.trim());
  return `ended with exit code ${result.exitCode}${said === '' ? '' : `: ${said}`}`;
}
