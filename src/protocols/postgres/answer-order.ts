import type { Expectation } from './expectation.ts';
import type { RunSlot } from './runs.ts';

/** An answer that is no operation's: of what was refused without asking, of a lone Sync. */
export const noOperation: RunSlot = { number: 0, statement: null, run: null };
/** No answer of the target's: the gateway had it fail, and why is taken down with the decision. */
export const noAnswer: RunSlot = { number: 0, statement: null, run: null };

/** The operation that a message belongs to, while this is what the server owes. */
export function operationOf(head: Expectation | undefined): RunSlot {
  if (head === undefined) return noOperation;
  switch (head.kind) {
    case 'sync':
      return noOperation;
    case 'refused':
      return head.decided ? noAnswer : noOperation;
    default:
      return head.operation ?? noOperation;
  }
}

/**
 * The operations whose answers are on their way to the client, in order: told as replies are
 * followed, and taken as the same bytes are recorded. It allocates nothing for an answer, and has
 * no more entries than a chunk of the server's has messages.
 */
export class AnswerOrder {
  readonly #head: () => Expectation | undefined;
  readonly #told: RunSlot[] = [];
  #first = 0;
  #end = 0;

  /** `head`: what the server is answering. */
  constructor(head: () => Expectation | undefined) {
    this.#head = head;
  }

  /** A message that describes or ends an answer was followed, and goes on. */
  tell(operation: RunSlot): void {
    // Not pushed: the array stays as long as it was, and is filled again.
    this.#told[this.#end] = operation;
    this.#end += 1;
  }

  /** Of the message that is being recorded: once for each that was told. */
  take(): RunSlot {
    const operation = this.current;
    this.#told[this.#first] = noOperation;
    this.#first += 1;
    if (this.#first >= this.#end) {
      this.#first = 0;
      this.#end = 0;
    }
    return operation;
  }

  /** Of the rows that are being recorded, whose answer has not ended. */
  get current(): RunSlot {
    if (this.#first === this.#end) return operationOf(this.#head());
    return this.#told[this.#first] ?? noOperation;
  }
}
