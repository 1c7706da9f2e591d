import type { Readable, Writable } from 'node:stream';
import type { SshConnectionView } from '../control/contract.ts';
import type { RemoteCommand, RemoteRun, RunRemoteCommand } from '../core/remote-command.ts';
import type { Answer } from './answer.ts';
import type { RemoteOutput } from './captured-output.ts';
import type { Execution, Start, Started } from './execution.ts';
import { Hold } from './hold.ts';
import { stopOperation, within } from './stop-operation.ts';

/** What the person's keyboard may ask of the wait that it is part of. */
export interface Keys {
  isHeld(): boolean;
  interrupt(): void;
}

export interface RemotePart {
  /** What the remote shell gets. */
  readonly command: string;
  readonly pty: RemoteCommand['pty'];
  /** Opened once the command is on its way; null: there is no input. */
  readonly input: ((keys: Keys) => Readable) | null;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** What was kept of the output; null when it went on as it came. */
  readonly kept: () => RemoteOutput | null;
  /** Tells of the terminal's new size; returns what ends that. */
  readonly followSize: (run: RemoteRun) => () => void;
  readonly client: () => Promise<RunRemoteCommand>;
}

/** How long a command that has been sent SIGINT may take before it is hung up on. */
const graceMs = 3_000;

/** One command at an SSH connection. */
export function startRemote(part: RemotePart, { user, hostKey }: SshConnectionView): Start {
  return async (execution) => {
    const hold = new Hold(execution);
    const [stream, runRemoteCommand] = await Promise.all([
      execution.tunnel.open(execution.over),
      part.client(),
    ]);
    void hold.follow();
    const { command, pty, stdout, stderr } = part;
    const interrupt = () => execution.stop('interrupted');
    const input = part.input?.({ isHeld: () => hold.isHeld, interrupt }) ?? null;
    const run = runRemoteCommand({
      ...{ stream, user, hostKey, command, pty, input, stdout, stderr },
      onOutputLost: interrupt,
    });
    const unfollow = part.followSize(run);
    const answer = run.end.then((end): Answer => {
      unfollow();
      return { protocol: 'ssh', end, output: part.kept() };
    });
    return started(execution, run, answer);
  };
}

function started(execution: Execution, run: RemoteRun, answer: Promise<Answer>): Started {
  return {
    answer,
    sent: () => run.sent(),
    stop: () => stopOperation(execution, answer, () => interrupt(run, answer)),
    hangUp: () => run.close(),
  };
}

async function interrupt(run: RemoteRun, answer: Promise<Answer>): Promise<Answer | null> {
  run.signal('INT');
  const ended = await within(graceMs, answer);
  if (ended !== null) return ended;
  run.close();
  return answer;
}
