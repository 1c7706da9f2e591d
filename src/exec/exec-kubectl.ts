import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import type { KubernetesConnectionView } from '../control/contract.ts';
import { type GuideFile, writeGuideFile } from '../tunnel/guide-file.ts';
import type { LocalProgram } from '../tunnel/guides/client-guide.ts';
import { kubernetesGuide } from '../tunnel/guides/kubernetes.ts';
import { openLocalTunnel } from '../tunnel/local-tunnel.ts';
import { programNotRun } from '../tunnel/run-child.ts';
import type { RemoteOutput } from './captured-output.ts';
import type { Execution, Start } from './execution.ts';
import { Hold } from './hold.ts';
import { type KubectlAnswer, standsFor } from './kubectl-answer.ts';
import { stopOperation, within } from './stop-operation.ts';

export interface KubectlPart {
  readonly args: readonly string[];
  /** Null: this process's own, so that kubectl has the terminal if there is one. */
  readonly output: { readonly stdout: Writable; readonly stderr: Writable } | null;
  /** What was kept of the output; null when it went on as it came. */
  readonly kept: () => RemoteOutput | null;
  readonly talk: (line: string) => void;
}

/** How long kubectl may take to end after SIGINT before it is killed. */
const graceMs = 3_000;

/** One run of this machine's kubectl, with the cluster behind the gate. */
export function startKubectl(part: KubectlPart, connection: KubernetesConnectionView): Start {
  return async (execution) => {
    const place = await placeFor(execution, connection, part);
    const child = await spawn(place.program, part).catch(async (error: unknown) => {
      await place.close();
      throw error;
    });
    void new Hold(execution).follow();
    const answer = answerOf(child, part).finally(() => place.close());
    return {
      answer,
      operation: standsFor,
      sent: () => true,
      stop: () => stopOperation(execution, answer, () => interrupt(child, answer)),
      hangUp: () => child.kill('SIGKILL'),
    };
  };
}

interface KubectlPlace {
  readonly program: LocalProgram;
  close(): Promise<void>;
}

/** A port that leads to the gate, and a kubeconfig that leads to the port. */
async function placeFor(
  execution: Execution,
  connection: KubernetesConnectionView,
  { args, talk }: KubectlPart,
): Promise<KubectlPlace> {
  const guide = kubernetesGuide(connection);
  const local = await openLocalTunnel({
    transport: execution.tunnel,
    listen: { kind: 'port', port: 0 },
    refuse: async (client) => void client.destroy(),
    onWarning: (warning) => talk(`hoopx: ${warning}`),
  });
  let file: GuideFile | null = null;
  const close = async () => {
    await file?.remove();
    await local.close();
  };
  try {
    file = await writeGuideFile(guide, local.place);
    const asked = { words: ['kubectl', ...args], terminal: false };
    const program = guide.program(local.place, asked, file.path);
    if (program === null) throw new Error('there is no program to run');
    // By default kubectl keeps what it learns of a cluster for each port, for good.
    const cache = path.join(path.dirname(file.path), 'cache');
    const environment = { ...program.environment, KUBECACHEDIR: cache };
    return { program: { ...program, environment }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A process that is under way. */
interface Kubectl {
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly ended: Promise<KubectlAnswer['end']>;
  kill(signal: NodeJS.Signals): void;
}

/** @throws UserError COMMAND_NOT_FOUND (127) or COMMAND_NOT_RUN (126) */
async function spawn(program: LocalProgram, { output }: KubectlPart): Promise<Kubectl> {
  const { file, args, environment } = program;
  const child = execa(file, args, {
    ...{ env: environment, reject: false, stdin: 'inherit', buffer: false },
    stdout: output === null ? 'inherit' : 'pipe',
    stderr: output === null ? 'inherit' : 'pipe',
  });
  if (child.pid === undefined) {
    const { code, cause } = await child;
    throw programNotRun(program, code, cause);
  }
  return {
    ...{ stdout: child.stdout, stderr: child.stderr },
    ended: child.then(({ exitCode, signal }) =>
      exitCode === undefined
        ? { kind: 'killed', signal: (signal ?? 'SIGKILL').replace(/^SIG/, ''), message: null }
        : { kind: 'exited', code: exitCode },
    ),
    kill: (signal) => void child.kill(signal),
  };
}

async function answerOf(
  { stdout, stderr, ended }: Kubectl,
  { output, kept }: KubectlPart,
): Promise<KubectlAnswer> {
  if (output !== null) {
    stdout?.pipe(output.stdout, { end: false });
    stderr?.pipe(output.stderr, { end: false });
  }
  const end = await ended;
  return { protocol: 'kubernetes', end, output: kept() };
}

async function interrupt(child: Kubectl, answer: Promise<KubectlAnswer>) {
  child.kill('SIGINT');
  const ended = await within(graceMs, answer);
  if (ended !== null) return ended;
  child.kill('SIGKILL');
  return answer;
}
