import type { Writable } from 'node:stream';
import { writeOrWait } from '../../../net/write-all.ts';
import type { ClientExchange, ResponseHead } from '../client-exchange.ts';
import type { ExchangeRecording } from '../exchange-recording.ts';
import type { HeaderList } from '../wire/header-list.ts';
import { UnmaskableError } from './unmaskable.ts';

export interface MaskedAnswerParts {
  readonly exchange: ClientExchange;
  readonly head: ResponseHead;
  /** The answer is awaited even if its client has left. */
  readonly heardOut: boolean;
  /** Of what the client is given. */
  readonly recording: ExchangeRecording;
}

/**
 * The client's side of a masked answer. Its first bytes, `keptBack` of them, stay here until there
 * are more or it is over: until then it can still be refused, and more is refused where the client
 * would take its breaking off for its end.
 */
export class MaskedAnswer {
  readonly #parts: MaskedAnswerParts;
  readonly #keptBack: number;
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #begun = false;
  #client: Writable | null = null;

  constructor(parts: MaskedAnswerParts, keptBack: number) {
    this.#parts = parts;
    this.#keptBack = keptBack;
  }

  /** Sends the head, and what was kept back. */
  begin(): Promise<void> | null {
    this.#respond(null);
    this.#parts.exchange.flushHead();
    return this.#sendKept();
  }

  /**
   * A promise where the client is to be waited for, which rejects as this throws: when it has left
   * and its answer is not awaited.
   */
  send(bytes: Buffer): Promise<void> | null {
    const { exchange, heardOut } = this.#parts;
    if (exchange.gone.aborted && !heardOut) throw new Error('the client left');
    if (bytes.length === 0) return null;
    if (this.#begun) return this.#write(bytes);
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    if (this.#keptBytes <= this.#keptBack) return null;
    if (!exchange.tellsEnd) {
      throw new UnmaskableError(`it has more than ${this.#keptBack} bytes, for HTTP/1.0`);
    }
    return this.begin();
  }

  /** Lets go of something between two sends, without waiting. */
  release(bytes: Buffer): void {
    if (this.#client?.writable !== true || this.#parts.exchange.gone.aborted) return;
    this.#parts.recording.answered(bytes.length);
    this.#client.write(bytes);
  }

  /** All was sent. Returns the stream that is left to be ended, null when nobody is there. */
  async finish(): Promise<Writable | null> {
    if (!this.#begun) {
      this.#respond(this.#keptBytes);
      await this.#sendKept();
    }
    return this.#parts.exchange.gone.aborted ? null : this.#client;
  }

  #respond(length: number | null): void {
    const { exchange, head } = this.#parts;
    this.#begun = true;
    if (!exchange.gone.aborted) this.#client = exchange.respond(withLength(head, length));
  }

  #sendKept(): Promise<void> | null {
    return this.#kept.length === 0 ? null : this.#write(Buffer.concat(this.#kept.splice(0)));
  }

  #write(bytes: Buffer): Promise<void> | null {
    const { exchange, recording } = this.#parts;
    if (this.#client === null || exchange.gone.aborted) return null;
    recording.answered(bytes.length);
    const written = writeOrWait(this.#client, bytes, exchange.gone);
    return written === null ? null : unlessGone(written, exchange);
  }
}

async function unlessGone(work: Promise<void>, { gone }: ClientExchange): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}

/** Said of the bytes that came, and untrue of those that leave. */
const ofTheBytes: ReadonlySet<string> = new Set([
  ...['content-length', 'etag', 'content-md5', 'digest', 'content-digest', 'repr-digest'],
  ...['accept-ranges', 'content-range', 'trailer'],
]);

function withLength(head: ResponseHead, length: number | null): ResponseHead {
  const kept = head.headers.filter(([name]) => !ofTheBytes.has(name.toLowerCase()));
  const lengths: HeaderList = length === null ? [] : [['Content-Length', String(length)]];
  return { ...head, headers: [...kept, ...lengths] };
}
