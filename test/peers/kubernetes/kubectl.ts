import { spawn } from 'node:child_process';

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

export function runKubectl(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { env });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      const stdout = Buffer.concat(out).toString();
      resolve({ exitCode: code ?? -1, stdout, stderr: Buffer.concat(err).toString() });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
