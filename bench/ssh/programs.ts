import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const product = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

type Environment = Readonly<Record<string, string>>;

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, which must be a good one. */
export async function run(
  file: string,
  args: readonly string[],
  env: Environment,
  input = '',
): Promise<Ended> {
  const stdio: StdioOptions = [input === '' ? 'ignore' : 'pipe', 'pipe', 'pipe'];
  const child = spawn(file, args, { env: { PATH: process.env.PATH, ...env }, stdio });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin?.end(input);
  const [code] = await once(child, 'close');
  if (code === 0) return { stdout, stderr };
  throw new Error(`${[file, ...args].join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
}

export async function output(
  file: string,
  args: readonly string[],
  env: Environment,
): Promise<string> {
  return (await run(file, args, env)).stdout;
}

/** How long it took, in seconds. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
