import { ChannelRecording } from '../../../core/channel-recording.ts';
import type { TextMasker } from '../../../core/masking.ts';
import type { SshOperation } from '../../../core/operation.ts';
import { type Refusal, RefusedError } from '../../../core/refusal.ts';
import type { HeldRequest } from '../../../core/request.ts';
import type { TransferReader } from '../../../core/transfer-reader.ts';
import type { Channel } from '../connection/channel.ts';
import type { ChannelRequest } from '../connection/channel-request.ts';
import { Holding } from '../holding.ts';
import { decideStart, type StartClearance } from '../lending/decide-start.ts';
import { leftOut } from '../lending/left-out.ts';
import { SessionLoans } from '../lending/session-loans.ts';
import type { SessionContext } from '../session-context.ts';
import { refusalOfEnd, serverGone, whenAborted } from '../session-end.ts';
import { type Asked, readAsked } from './asked.ts';
import { describeStart } from './describe-start.ts';
import { isTransfer } from './is-transfer.ts';
import { Preparation, sizeOf } from './preparation.ts';
import { recordNotStarted, type StartRequest, startProgram } from './program.ts';
import { relayCommand } from './relay.ts';
import { runSftp } from './sftp.ts';
import { stopProgram } from './stop-program.ts';
import { Teller } from './teller.ts';

/** Signals by which people stop a command; while it is held they take the request back. */
const stopping = ['INT', 'TERM', 'HUP', 'QUIT', 'KILL'];
/** OpenSSH's PROTOCOL, 2.1: the client's end of output is gone, and with it the one who waited. */
const nobodyReads = 'eow@openssh.com';
/** What a terminal sends for Ctrl-C. */
const interrupt = 3;

interface Starting {
  readonly start: StartRequest;
  /** What was reviewed of it, and is all of it; else null. */
  readonly input: Buffer | null;
  readonly masker: TextMasker | null;
}

type Cleared = Extract<StartClearance, { kind: 'cleared' }>;

/**
 * A client's `session` channel (RFC 4254, section 6). It is answered at once and then held: what
 * the client asks for is remembered, decided as one operation, and only then asked of the server.
 */
export class SessionChannel {
  readonly #channel: Channel;
  readonly #context: SessionContext;
  readonly #preparation: Preparation;
  readonly #teller: Teller;
  readonly #holding: Holding;
  readonly #left = new AbortController();
  #work: Promise<void> | null = null;
  #server: Channel | null = null;
  #recording: ChannelRecording | null = null;
  #stopped = Promise.resolve();

  /** `done` is called when the client has closed it and nothing of it runs any more. */
  constructor(channel: Channel, context: SessionContext, done: () => void) {
    this.#channel = channel;
    this.#context = context;
    this.#teller = new Teller(channel, context.quiet);
    const { grant, limits, over } = context;
    this.#preparation = new Preparation(grant.target, limits);
    this.#holding = new Holding(
      grant.gate,
      [over, channel.gone, this.#left.signal],
      (request, first) => {
        this.#teller.held(request, first);
      },
    );
    channel.takeRequests((request) => this.#take(request));
    whenAborted(channel.gone, () => {
      if (this.#work === null) channel.close();
      void this.settled.finally(done);
    });
  }

  /** Something else of this session is held. */
  announce(request: HeldRequest): void {
    this.#teller.held(request, true);
  }

  /** The session is over. Resolves when the client has been told, as far as it listens. */
  async end(refusal: Refusal): Promise<void> {
    if (this.#server !== null) await this.#stop(this.#server, refusal);
    else if (this.#work !== null) await this.#work;
    else this.#channel.close();
  }

  async #stop(server: Channel, refusal: Refusal): Promise<void> {
    if (!this.#channel.gone.aborted) this.#stopped = stopProgram(server, refusal);
    await this.#teller.cutShort(refusal);
    await this.#stopped;
  }

  /** Resolves when nothing is left to be done. */
  get settled(): Promise<void> {
    return this.#work ?? Promise.resolve();
  }

  #take(request: ChannelRequest): void {
    if (this.#work !== null) {
      request.reply(this.#passOn(request));
      return;
    }
    const asked = readAsked(request, this.#context.grant.target);
    if (asked === null) {
      this.#preparation.take(request);
      return;
    }
    request.reply(true);
    const start = { type: request.type, fields: Buffer.from(request.fields) };
    this.#work = this.#context.track(this.#serve(asked, start));
  }

  /** Requests behind the start. */
  #passOn({ type, fields }: ChannelRequest): boolean {
    switch (type) {
      case 'window-change':
        if (this.#server === null) this.#preparation.resized(Buffer.from(fields));
        else this.#resized(this.#server, fields);
        return true;
      case 'signal':
        if (this.#server !== null) this.#server.tell(type, fields);
        else if (stopping.includes(fields.toString('latin1', 4))) this.#holding.cancel();
        return true;
      case nobodyReads:
        if (this.#server === null) this.#left.abort();
        else this.#server.tell(type, fields);
        return true;
      default:
        return false;
    }
  }

  async #serve(asked: Asked, start: StartRequest): Promise<void> {
    try {
      if (asked.kind === 'off') await this.#teller.turnAway(asked.refusal);
      else if (asked.kind === 'sftp') await this.#files(start);
      else await this.#decide(asked, start);
    } catch (error) {
      await this.#teller.turnAway(refusalOfEnd(error));
      if (!(error instanceof RefusedError)) throw error;
    } finally {
      this.#server?.close();
      this.#channel.close();
    }
  }

  async #decide(asked: Exclude<Asked, { kind: 'off' | 'sftp' }>, start: StartRequest) {
    const { setting } = this.#preparation;
    if (setting.terminal !== null) {
      this.#teller.toTerminal();
      this.#channel.watchData((bytes) => {
        if (bytes.includes(interrupt)) this.#holding.cancel();
      });
    }
    const described = await describeStart(asked, this.#preparation, this.#channel, this.#context);
    const { operation, input, transfer } = described;
    const number = this.#context.grant.gate.nextNumber();
    const recording = await this.#record(asked, number, transfer);
    const clearance = await this.#clear(operation, number);
    this.#channel.watchData(null);
    if (clearance.kind === 'cleared') {
      const masker = this.#maskerFor(operation);
      return this.#run(clearance, recording, { start, input, masker });
    }
    await recording.ended(null);
    await this.#teller.turnAway(clearance.refusal);
  }

  #maskerFor({ decidable }: SshOperation): TextMasker | null {
    return isTransfer(decidable.facts) ? null : (this.#context.grant.masking?.text ?? null);
  }

  async #clear(operation: SshOperation, number: number): Promise<StartClearance> {
    const { off, lendings } = this.#preparation;
    for (const kind of off) await this.#teller.without(kind, leftOut.turnedOff);
    return decideStart(operation, lendings, {
      gate: this.#context.grant.gate,
      number,
      decide: (one, its) => this.#holding.decide(one, its),
      without: (kind, refusal) => this.#teller.without(kind, refusal),
    });
  }

  /** Nothing runs before what it will say can be taken down. */
  async #record(
    asked: Exclude<Asked, { kind: 'off' }>,
    operation: number | null,
    transfer: TransferReader | null = null,
  ): Promise<ChannelRecording> {
    this.#recording = await ChannelRecording.open(this.#context.grant.recorder, {
      ...{ kind: asked.kind, command: wordsOf(asked), operation, transfer },
      terminal: asked.kind === 'sftp' ? null : this.#preparation.terminal,
    });
    return this.#recording;
  }

  #resized(server: Channel, fields: Buffer): void {
    const size = sizeOf(fields);
    // Where it fails, the session ends for it.
    if (size !== null) void Promise.resolve(this.#recording?.resized(size)).catch(() => {});
    server.tell('window-change', fields);
  }

  async #run(cleared: Cleared, recording: ChannelRecording, what: Starting): Promise<void> {
    const { start, input, masker } = what;
    const { upstream, running, lendings } = this.#context;
    const ran = running();
    const sink = cleared.permit.spend();
    const loans = new SessionLoans(cleared.loans, lendings, (kind) =>
      this.#teller.without(kind, leftOut.byServer),
    );
    whenAborted(this.#channel.gone, () => loans.end());
    const prepare = (server: Channel) => this.#preparation.apply(server, loans);
    try {
      const started = await startProgram(upstream.connection, prepare, start);
      if (started.kind === 'failed') {
        await recordNotStarted(sink, started);
        if (started.sent) await this.#teller.cutShort(started.refusal);
        else await this.#teller.turnAway(started.refusal);
        return;
      }
      const { server } = started;
      this.#server = server;
      const { over } = this.#context;
      if (over.aborted) void this.#stop(server, refusalOfEnd(over.reason));
      if (input !== null) {
        await recording.input(input);
        void feed(server, input);
      }
      const ending = await relayCommand(this.#channel, server, {
        ...{ sink, recording, stopped: () => this.#stopped, masker },
      });
      if (ending.kind === 'untold') await this.#broken();
    } finally {
      loans.end();
      await recording.ended(null);
      await loans.settled();
      ran();
    }
  }

  async #files(start: StartRequest): Promise<void> {
    const { upstream, running } = this.#context;
    for (const { kind } of this.#preparation.lendings) {
      await this.#teller.without(kind, leftOut.forFiles);
    }
    const recording = await this.#record({ kind: 'sftp' }, null);
    const ran = running();
    try {
      const started = await startProgram(upstream.connection, null, start);
      if (started.kind === 'failed') {
        await this.#teller.turnAway(started.refusal);
        return;
      }
      const { server } = started;
      this.#server = server;
      const parts = { client: this.#channel, server, holding: this.#holding, recording };
      const end = await runSftp({ ...parts, context: this.#context });
      await recording.ended(end.kind === 'exit' ? end.status : null);
      if (end.kind === 'refused') await this.#teller.turnAway(end.refusal);
      else this.#teller.finish(end.status);
    } finally {
      ran();
    }
  }

  /** The server's channel is closed, and it has not told how the program ended. */
  async #broken(): Promise<void> {
    const { over, upstream } = this.#context;
    if (over.aborted) await this.#teller.cutShort(refusalOfEnd(over.reason));
    else if (upstream.connection.closed.aborted) await this.#teller.cutShort(serverGone);
    else await this.#teller.cutShort(null);
  }
}

function wordsOf(asked: Exclude<Asked, { kind: 'off' }>): string | null {
  if (asked.kind === 'exec') return asked.command.toString('utf8');
  return asked.kind === 'subsystem' ? asked.name : null;
}

/** Input that was reviewed: it is all there is. */
async function feed(server: Channel, input: Buffer): Promise<void> {
  await server.send(0, input);
  server.eof();
}
