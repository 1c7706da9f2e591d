import type { DecisionEvent } from '../core/gate.ts';
import type { Decidable } from '../core/operation.ts';
import type { SessionNote, SqlAnswer } from '../core/recording.ts';
import type { Verdict } from '../core/verdict.ts';
import { decidedEvent, lineTail } from './session-lines.ts';

interface AnswerTail {
  readonly columns: SqlAnswer['columns'];
  readonly bytes: number;
  readonly tail: Buffer;
}

/** Tags of answers that are kept; a session rarely has more than a few. */
const maxTags = 64;

/**
 * How the lines of a session end, all but when: what it repeats is not computed again. Adapters
 * hand over the same object for the same text, and the gate the same verdict.
 */
export class LineTails {
  readonly #passed = new WeakMap<Decidable, { readonly verdict: Verdict; readonly tail: Buffer }>();
  readonly #answers = new Map<string, AnswerTail>();

  /** Of an operation that no request was made for. */
  decided(event: DecisionEvent): Buffer {
    const { operation, verdict, refusal } = event;
    const known = this.#passed.get(operation.decidable);
    if (refusal === null && known?.verdict === verdict) return known.tail;
    const tail = encoded(decidedEvent(event));
    if (refusal === null) this.#passed.set(operation.decidable, { verdict, tail });
    return tail;
  }

  /** Of an answer without rows, all of which lies in the tag, as `INSERT 0 1`; null for others. */
  note(note: SessionNote): Buffer | null {
    if (note.type !== 'answer') return null;
    const { tag, columns, bytes, rows, error, copied } = note;
    if (tag === null || rows.length > 0 || error !== null || copied !== undefined) return null;
    const known = this.#answers.get(tag);
    if (known !== undefined && known.columns === columns && known.bytes === bytes) {
      return known.tail;
    }
    const tail = encoded(note);
    if (known !== undefined || this.#answers.size < maxTags) {
      this.#answers.set(tag, { columns, bytes, tail });
    }
    return tail;
  }
}

function encoded(event: object): Buffer {
  return Buffer.from(lineTail(event), 'utf8');
}
