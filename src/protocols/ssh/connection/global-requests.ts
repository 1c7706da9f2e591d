import { encodeRequestFailure, encodeRequestSuccess } from '../wire/connection/encode.ts';

/** A request of RFC 4254, section 4. Answers leave in the order of the requests. */
export interface GlobalRequest {
  readonly name: string;
  readonly fields: Buffer;
  succeed(fields: Buffer): void;
  refuse(): void;
}

interface Incoming {
  readonly name: string;
  readonly wantReply: boolean;
  readonly fields: Buffer;
}

interface Answer {
  message: Buffer | null;
}

/** More unanswered requests than any client has. */
const maxUnanswered = 64;

/** Keeps both directions in order: RFC 4254 has no numbers that tell which answer is whose. */
export class GlobalReplies {
  readonly #send: (message: Buffer) => void;
  readonly #awaited: ((fields: Buffer | null) => void)[] = [];
  readonly #owed: Answer[] = [];

  constructor(send: (message: Buffer) => void) {
    this.#send = send;
  }

  awaited(ask: () => void): Promise<Buffer | null> {
    return new Promise((resolve) => {
      this.#awaited.push(resolve);
      ask();
    });
  }

  /** Replies to what ssh2 has asked, to keep a connection alive, find nobody waiting. */
  arrived(fields: Buffer | null): void {
    this.#awaited.shift()?.(fields);
  }

  incoming({ name, wantReply, fields }: Incoming): GlobalRequest {
    if (!wantReply) return { name, fields, succeed: () => {}, refuse: () => {} };
    if (this.#owed.length >= maxUnanswered) throw new Error('too many requests at once');
    const answer: Answer = { message: null };
    this.#owed.push(answer);
    const reply = (message: Buffer) => {
      answer.message ??= message;
      this.#flush();
    };
    return {
      name,
      fields,
      succeed: (own) => reply(encodeRequestSuccess(own)),
      refuse: () => reply(encodeRequestFailure()),
    };
  }

  lost(): void {
    for (const settle of this.#awaited.splice(0)) settle(null);
    this.#owed.length = 0;
  }

  #flush(): void {
    for (;;) {
      const message = this.#owed[0]?.message ?? null;
      if (message === null) return;
      this.#owed.shift();
      this.#send(message);
    }
  }
}
