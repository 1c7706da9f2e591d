import type { Readable, Writable } from 'node:stream';
import { Client, type ClientChannel } from 'ssh2';
import type {
  RemoteCommand,
  RemoteEnd,
  RemoteRun,
  TerminalSize,
} from '../../core/remote-command.ts';
import { eachChunk } from '../../net/each-chunk.ts';
import { writeOrWait } from '../../net/write-all.ts';
import { commandClientName, refusalSuffix } from './command-client-name.ts';

/** Runs one command at the gateway's SSH server, over a stream that is closed afterwards. */
export function runRemoteCommand(ask: RemoteCommand): RemoteRun {
  return new CommandRun(ask);
}

class CommandRun implements RemoteRun {
  readonly end: Promise<RemoteEnd>;
  readonly #ask: RemoteCommand;
  readonly #client = new Client();
  #channel: ClientChannel | null = null;
  #sent = false;
  #exit: RemoteEnd | null = null;
  #failure: string | null = null;
  #resolve: (end: RemoteEnd) => void = () => {};

  constructor(ask: RemoteCommand) {
    this.#ask = ask;
    this.end = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#connect();
  }

  sent(): boolean {
    return this.#sent;
  }

  signal(name: 'INT' | 'TERM'): void {
    if (this.#channel !== null) sendSignal(this.#client, this.#channel, name);
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#channel?.setWindow(rows, columns, 0, 0);
  }

  close(): void {
    this.#channel?.close();
    this.#client.end();
    this.#ask.stream.destroy();
  }

  #connect(): void {
    const { stream, user, hostKey } = this.#ask;
    this.#client
      .on('ready', () => this.#start())
      .on('error', (error) => {
        this.#failure ??= error.message;
      })
      .on('close', () => this.#lost());
    this.#client.connect({
      sock: stream,
      username: user,
      authHandler: ['none'],
      ident: commandClientName,
      hostVerifier: (key: Buffer) => this.#isKnown(key, hostKey),
      algorithms: {
        cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes256-ctr'],
        compress: ['none'],
      },
    });
  }

  #isKnown(key: Buffer, hostKey: string): boolean {
    const known = key.toString('base64') === hostKey.split(' ')[1];
    if (!known) this.#failure = "the gateway's SSH server shows another host key than the gateway";
    return known;
  }

  #start(): void {
    const { command, pty } = this.#ask;
    const terminal =
      pty === null
        ? {}
        : { pty: { term: pty.term, cols: pty.columns, rows: pty.rows, width: 0, height: 0 } };
    this.#sent = true;
    this.#client.exec(command, terminal, (error, channel) => {
      if (error !== undefined) this.#refused(error.message);
      else void this.#carry(channel);
    });
  }

  #refused(message: string): void {
    const kind = this.#ask.stream.destroyed ? 'lost' : 'refused';
    this.#finish({ kind, message });
  }

  async #carry(channel: ClientChannel): Promise<void> {
    this.#channel = channel;
    const { input, stdout, stderr } = this.#ask;
    const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()));
    channel.on('exit', (...exit: readonly unknown[]) => {
      this.#exit = endOf(exit);
    });
    channel.on('error', () => {});
    const noMore = () => sendEof(channel);
    if (input === null) noMore();
    else input.once('end', noMore).once('error', noMore).pipe(channel, { end: false });
    await Promise.all([this.#pump(channel, stdout), this.#pump(channel.stderr, stderr), closed]);
    input?.unpipe(channel);
    this.#lost();
  }

  async #pump(from: Readable, to: Writable): Promise<void> {
    try {
      await eachChunk(from, (chunk) => writeOrWait(to, chunk) ?? 'more');
    } catch {
      if (from.readable) this.#ask.onOutputLost();
      from.resume();
    }
  }

  /** Nothing more comes. */
  #lost(): void {
    const message = this.#failure ?? 'the connection ended too early';
    const code = this.#sent ? null : codeIn(message);
    const told = code === null ? null : ({ kind: 'told', code, message } as const);
    this.#finish(this.#exit ?? told ?? { kind: 'lost', message });
  }

  #finish(end: RemoteEnd): void {
    this.#resolve(end);
    this.#client.end();
  }
}

/**
 * Behind all that was written. `end` would do the same, and then close the channel as soon as
 * the output has ended as well, when the exit status may still be on its way.
 */
function sendEof(channel: ClientChannel): void {
  channel.write(Buffer.alloc(0), () => channel.eof());
}

/** Why the gateway hung up (RFC 4253, 11.1), where that says it. */
function codeIn(message: string): string | null {
  return /^hoopx: .*Reason ([A-Z_]+)\.$/s.exec(message)?.[1] ?? null;
}

function endOf([code, signal, , message]: readonly unknown[]): RemoteEnd {
  if (typeof code === 'number') return { kind: 'exited', code };
  const name = String(signal).replace(/^SIG/, '');
  const said = typeof message === 'string' && message !== '' ? message : null;
  if (name.endsWith(refusalSuffix)) {
    return { kind: 'told', code: name.slice(0, -refusalSuffix.length), message: said ?? name };
  }
  return { kind: 'killed', signal: name, message: said };
}

/** `ClientChannel.signal` sends nothing once the input has ended, which here it mostly has. */
function sendSignal(client: Client, channel: ClientChannel, name: string): void {
  const protocol: unknown = Reflect.get(client, '_protocol');
  const outgoing: unknown = Reflect.get(channel, 'outgoing');
  if (!hasSignal(protocol) || !isOpen(outgoing)) return;
  protocol.signal(outgoing.id, name);
}

function hasSignal(value: unknown): value is { signal(channel: number, name: string): void } {
  return typeof value === 'object' && value !== null && 'signal' in value;
}

function isOpen(value: unknown): value is { readonly id: number } {
  if (typeof value !== 'object' || value === null || !('id' in value)) return false;
  return 'state' in value && (value.state === 'open' || value.state === 'eof');
}
