import type { Channel } from '../connection/channel.ts';
import type { Loan } from './decide-start.ts';
import { type LendingKind, lendingKindOf } from './lending.ts';
import type { Lendings } from './lendings.ts';

const done = { message: null, targetCode: null, rowCount: null };
const notTaken = { ...done, message: 'the server does not take it' };
const neverAsked = { ...done, message: 'the server was never asked to take it' };

/** What is lent to the program of one channel, from its start to its end. */
export class SessionLoans {
  readonly #lendings: Lendings;
  readonly #notTaken: (kind: LendingKind) => Promise<void>;
  readonly #unasked: Set<Loan>;
  readonly #endings = new Set<() => void>();
  #ended = false;

  /** `notTaken` tells the client that the program runs without. */
  constructor(
    loans: readonly Loan[],
    lendings: Lendings,
    notTaken: (kind: LendingKind) => Promise<void>,
  ) {
    this.#unasked = new Set(loans);
    this.#lendings = lendings;
    this.#notTaken = notTaken;
  }

  /** Repeats the client's request at the server, where it was permitted. */
  async ask(server: Channel, type: string, fields: Buffer): Promise<void> {
    const kind = lendingKindOf(type);
    const loan = [...this.#unasked].find(({ lending }) => lending.kind === kind);
    if (loan === undefined || this.#ended) return;
    this.#unasked.delete(loan);
    const { lending, sink } = loan;
    // From before the answer on: the server's first channel may be right behind it.
    const end = this.#lendings.lend(lending);
    this.#endings.add(end);
    if (this.#lendings.taken(lending, await server.ask(type, fields))) {
      await sink?.succeeded(done);
      return;
    }
    this.#endings.delete(end);
    end();
    await sink?.failed(notTaken);
    if (!server.gone.aborted) await this.#notTaken(lending.kind);
  }

  /** From here on nothing of it is lent any more. */
  end(): void {
    this.#ended = true;
    for (const end of this.#endings) end();
    this.#endings.clear();
  }

  /** What was permitted and has not been used is recorded as such. */
  async settled(): Promise<void> {
    for (const { sink } of this.#unasked) await sink?.failed(neverAsked);
  }
}
