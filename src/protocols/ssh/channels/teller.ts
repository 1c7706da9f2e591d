import { exitCodes } from '../../../core/exit-codes.ts';
import type { Refusal } from '../../../core/refusal.ts';
import type { HeldRequest } from '../../../core/request.ts';
import { refusalSuffix } from '../command-client-name.ts';
import type { Channel } from '../connection/channel.ts';
import { exitStatusOf, heldLines, refusalLines, refusalText } from '../faults.ts';
import { type LendingKind, lendingNames } from '../lending/lending.ts';
import { soon } from '../session-end.ts';
import { boolean, string, uint32 } from '../wire/connection/encode.ts';
import { stderrStream } from '../wire/connection/messages.ts';

const nothing = Buffer.alloc(0);

/** What hoopx itself says in a client's channel, on standard error. */
export class Teller {
  readonly #channel: Channel;
  /** The client learns it all from the gateway's API, and its output is the command's alone. */
  readonly #quiet: boolean;
  #newline = '\n';
  #speaking = false;
  #finished = false;

  constructor(channel: Channel, quiet: boolean) {
    this.#channel = channel;
    this.#quiet = quiet;
  }

  /** The client's terminal is raw: it wants to be told where a line begins. */
  toTerminal(): void {
    this.#newline = '\r\n';
  }

  /** Left out where the client has not even read what was said before. */
  held(request: HeldRequest, first: boolean): void {
    if (!this.#speaking) void this.#say(heldLines(request, first));
  }

  /** Nothing ran: says why, and ends the channel as a command that ended so would. */
  async turnAway(refusal: Refusal): Promise<void> {
    await this.#refused(refusal);
    if (this.#quiet) this.#end('exit-signal', signalOf(refusal));
    else this.finish(exitStatusOf(refusal));
  }

  /** Something ran, and nobody knows how it ended; the reason where there is one. */
  async cutShort(refusal: Refusal | null): Promise<void> {
    if (refusal !== null) await this.#refused(refusal);
    if (this.#quiet) this.#end(null, nothing);
    else this.finish(exitCodes.outcomeUnknown);
  }

  /** What is started goes on without that. */
  async without(kind: LendingKind, refusal: Refusal): Promise<void> {
    const message = `your ${lendingNames[kind]} is not forwarded: ${refusal.message}`;
    await soon(this.#say([refusalText({ ...refusal, message })]));
  }

  /** Ends the channel as a command that ended with that status would. */
  finish(exitStatus: number): void {
    this.#end('exit-status', uint32(exitStatus));
  }

  #end(type: string | null, fields: Buffer): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#channel.eof();
    if (type !== null) this.#channel.tell(type, fields);
    this.#channel.close();
  }

  async #refused(refusal: Refusal): Promise<void> {
    if (!this.#finished) await soon(this.#say(refusalLines(refusal)));
  }

  async #say(lines: readonly string[]): Promise<void> {
    if (this.#quiet) return;
    this.#speaking = true;
    const text = lines.map((line) => `${line}${this.#newline}`).join('');
    await this.#channel.send(stderrStream, Buffer.from(text));
    this.#speaking = false;
  }
}

/** RFC 4254, section 6.10. */
function signalOf({ code, message }: Refusal): Buffer {
  const name = string(`${code}${refusalSuffix}`);
  return Buffer.concat([name, boolean(false), string(message), string('')]);
}
