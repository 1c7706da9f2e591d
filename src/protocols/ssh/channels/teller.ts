import type { Refusal } from '../../../core/refusal.ts';
import type { HeldRequest } from '../../../core/request.ts';
import type { Channel } from '../connection/channel.ts';
import { heldLines, refusalLines } from '../faults.ts';
import { soon } from '../session-end.ts';
import { uint32 } from '../wire/connection/encode.ts';
import { stderrStream } from '../wire/connection/messages.ts';

/** What hoopx itself says in a client's channel, on standard error. */
export class Teller {
  readonly #channel: Channel;
  #newline = '\n';
  #speaking = false;
  #finished = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The client's terminal is raw: it wants to be told where a line begins. */
  toTerminal(): void {
    this.#newline = '\r\n';
  }

  /** Left out where the client has not even read what was said before. */
  held(request: HeldRequest, first: boolean): void {
    if (!this.#speaking) void this.#say(heldLines(request, first));
  }

  async refused(refusal: Refusal): Promise<void> {
    if (this.#finished) return;
    await soon(this.#say(refusalLines(refusal)));
  }

  async note(text: string): Promise<void> {
    await soon(this.#say([`hoopx: ${text}`]));
  }

  /** Ends the channel as a command that ended with that status would. */
  finish(exitStatus: number): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#channel.eof();
    this.#channel.tell('exit-status', uint32(exitStatus));
    this.#channel.close();
  }

  async #say(lines: readonly string[]): Promise<void> {
    this.#speaking = true;
    const text = lines.map((line) => `${line}${this.#newline}`).join('');
    await this.#channel.send(stderrStream, Buffer.from(text));
    this.#speaking = false;
  }
}
