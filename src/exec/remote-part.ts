import { Readable, type Writable } from 'node:stream';
import type { RunRemoteCommand } from '../core/remote-command.ts';
import { CapturedStream, remoteOutput } from './captured-output.ts';
import { type GivenWords, readInputFile, remoteCommandOf } from './command-source.ts';
import { type ExecFlags, usage } from './exec-flags.ts';
import type { RemotePart } from './exec-remote.ts';
import { type LocalTerminal, localTerminal } from './local-terminal.ts';

/** What a remote command has to do with on this side. */
export interface RemoteMeans extends GivenWords {
  readonly flags: ExecFlags;
  readonly stdin: () => typeof process.stdin;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The person's terminal type, as in TERM. */
  readonly term: string | null;
  readonly client: () => Promise<RunRemoteCommand>;
}

export interface PreparedRemote {
  readonly part: RemotePart;
  /** Gives back what was taken of this side: the terminal, standard input. */
  readonly release: () => void;
}

const streaming = '--stdin streams input of any size; the reviewer sees that it is not reviewed.';

/** @throws UserError when what was given is no command, or needs what is not there */
export async function prepareRemote(means: RemoteMeans): Promise<PreparedRemote> {
  const { flags, client } = means;
  const command = remoteCommandOf(means, flags.raw === true);
  const terminal = flags.tty === true ? terminalOf(means) : null;
  const input = await inputOf(means, terminal);
  const pty = terminal === null ? null : { term: means.term ?? 'dumb', ...terminal.size() };
  return {
    part: {
      ...{ command, pty, client, input: input.open },
      ...outputOf(means),
      followSize: (run) => terminal?.onResize((size) => run.resize(size)) ?? (() => {}),
    },
    release: input.release,
  };
}

function terminalOf({ stdin, stdout }: RemoteMeans): LocalTerminal {
  const terminal = stdout === process.stdout ? localTerminal(stdin(), process.stdout) : null;
  if (terminal !== null) return terminal;
  throw usage('--tty needs a terminal', { hint: 'Without one, --stdin streams standard input.' });
}

interface Input {
  readonly open: RemotePart['input'];
  readonly release: () => void;
}

async function inputOf(means: RemoteMeans, terminal: LocalTerminal | null): Promise<Input> {
  const { flags, stdin } = means;
  if (terminal !== null) return { open: (keys) => terminal.keys(keys), release: terminal.restore };
  const file = flags['stdin-file'];
  if (file !== undefined) {
    const bytes = await readInputFile(file, streaming);
    return { open: () => Readable.from(bytes.length === 0 ? [] : [bytes]), release: () => {} };
  }
  if (flags.stdin !== true) return { open: null, release: () => {} };
  return { open: () => stdin(), release: () => stdin().pause() };
}

/** Where the output goes: into the result with `--json`, else on as it comes. */
export function outputOf({
  stdout,
  stderr,
  flags,
}: Pick<RemoteMeans, 'stdout' | 'stderr' | 'flags'>): Pick<
  RemotePart,
  'stdout' | 'stderr' | 'kept'
> {
  if (!flags.json) return { stdout, stderr, kept: () => null };
  const limit = flags['max-output'];
  const [out, err] = [new CapturedStream(limit), new CapturedStream(limit)];
  return { stdout: out, stderr: err, kept: () => remoteOutput(out, err) };
}
