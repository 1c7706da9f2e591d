import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

export interface KubectlResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** The machine's kubectl with nothing of the user's own: not their kubeconfig, not their cache. */
export function kubectlEnv(
  file: string,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: folder, KUBECONFIG: file, KUBECACHEDIR: folder, ...env };
}

export async function runKubectl(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<KubectlResult> {
  const running = startKubectl(env, args);
  running.stdin.end(input);
  return running.ended;
}

export interface RunningKubectl {
  readonly stdin: Writable;
  /** What it has printed so far. */
  stdout(): Buffer;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<KubectlResult>;
}

export function startKubectl(env: NodeJS.ProcessEnv, args: readonly string[]): RunningKubectl {
  const child = spawn('kubectl', args, { env });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => {});
  const stdout = () => Buffer.concat(out);
  const stderr = () => Buffer.concat(err).toString();
  const ended = new Promise<KubectlResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ exitCode: code ?? -1, stdout: stdout().toString(), stderr: stderr() });
    });
  });
  return {
    ...{ stdin: child.stdin, stdout, stderr, ended },
    kill: (signal) => void child.kill(signal),
  };
}
