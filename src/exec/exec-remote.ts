import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { SshConnectionView } from '../control/contract.ts';
import type { RemoteCommand, RemoteRun, RunRemoteCommand } from '../core/remote-command.ts';
import type { Answer } from './answer.ts';
import type { RemoteOutput } from './captured-output.ts';
import type { Execution, Start, Started } from './execution.ts';

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

const stillHeldEveryMs = 60_000;
const stopWithinMs = 10_000;
const stopAgainMs = 250;
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
    stop: () => stop(execution, run, answer),
    hangUp: () => run.close(),
  };
}

/** What the gateway tells of the wait, beside the command's own connection. */
class Hold {
  readonly #execution: Execution;
  #held = false;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  async follow(): Promise<void> {
    const { client, tunnelId, over } = this.#execution;
    const reminder = setInterval(() => void this.#remind(), stillHeldEveryMs).unref();
    try {
      for await (const event of client.tunnelEvents(tunnelId, { signal: over })) {
        this.#held = event.type === 'held';
        if (event.type === 'held') this.#execution.held(event.request);
      }
    } catch {
      // A connection that is gone ends the command's own stream as well.
    } finally {
      clearInterval(reminder);
    }
  }

  async #remind(): Promise<void> {
    const { client, request } = this.#execution;
    if (request === null || !this.#held) return;
    const now = await client.request(request.id).catch(() => null);
    if (now?.state === 'pending') this.#execution.held(now);
  }
}

/**
 * SSH has no word for giving up what is held, so the gateway's API is told; what runs is sent
 * SIGINT. Until the gateway has said which of the two it is, neither can be done.
 */
async function stop(
  { client, tunnelId }: Execution,
  run: RemoteRun,
  answer: Promise<Answer>,
): Promise<Answer | null> {
  const patience = AbortSignal.timeout(stopWithinMs);
  while (!patience.aborted) {
    const operation = await client.tunnel(tunnelId).then(
      ({ operations }) => operations.at(-1) ?? null,
      () => null,
    );
    if (operation?.decided === true && operation.refusal === null) {
      return interrupt(run, answer);
    }
    if (operation?.requestId != null && !operation.decided) {
      await client.cancelRequest(operation.requestId).catch(() => {});
    }
    const came = await within(stopAgainMs, answer);
    if (came !== null) return came;
  }
  return null;
}

async function interrupt(run: RemoteRun, answer: Promise<Answer>): Promise<Answer | null> {
  run.signal('INT');
  const ended = await within(graceMs, answer);
  if (ended !== null) return ended;
  run.close();
  return answer;
}

function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | null> {
  return Promise.race([promise, delay(milliseconds, null, { ref: false })]);
}
