import type { SqlDecidable } from '../../../core/operation.ts';
import { assess, type NameKnowledge } from '../sql/provenance/assess.ts';
import type { StatementShape } from '../sql/provenance/shape.ts';
import { ChangedNames } from './changed-names.ts';

interface Step {
  readonly by: SqlDecidable;
  /** Null: it may have done anything. */
  readonly shapes: readonly StatementShape[] | null;
}

export interface NamesNow {
  readonly names: ChangedNames;
  /** The same for the same names, over one reading of the catalog. */
  readonly key: string;
}

/** After more a transaction counts as one that may have done anything. */
const mostSteps = 2_000;
const mostItems = 200_000;

/** What the open transaction was let do to the catalog, where nobody else can see it. */
export class TransactionChanges {
  #steps: Step[] = [];
  #items = 0;
  #transaction = 0;
  #kept = 0;
  #over: NameKnowledge | null = null;
  /** After the last step, and before it. */
  #last: ChangedNames | null = null;
  #before: ChangedNames | null = null;

  get any(): boolean {
    return this.#steps.length > 0;
  }

  note({ by, shapes }: Step, known: NameKnowledge): void {
    const { names } = this.now(known);
    if (names.anything) return;
    this.#items += (shapes ?? []).reduce((sum, { items }) => sum + items.length, 1);
    const tooMuch = this.#steps.length >= mostSteps || this.#items > mostItems;
    const step = { by, shapes: tooMuch ? null : shapes };
    this.#steps.push(step);
    this.#before = names;
    this.#last = after(names, step);
  }

  ended(): void {
    this.#steps = [];
    this.#items = 0;
    this.#transaction += 1;
    this.#over = null;
  }

  /** `except`: without what that one did, as it was judged before. */
  now(known: NameKnowledge, except: SqlDecidable | null = null): NamesNow {
    this.#read(known);
    const count = this.#steps.length;
    const others = except === null ? this.#steps : this.#steps.filter(({ by }) => by !== except);
    const [last, before] = [this.#last, this.#before];
    if (others.length === count && last !== null) return { names: last, key: this.#key(count) };
    if (others.length === count - 1 && this.#steps.at(-1)?.by === except && before !== null) {
      return { names: before, key: this.#key(count - 1) };
    }
    this.#kept += 1;
    const names = others.reduce(after, ChangedNames.begin(known));
    return { names, key: `${this.#transaction}/${count}/${this.#kept}` };
  }

  #key(steps: number): string {
    return steps === 0 ? '' : `${this.#transaction}/${steps}`;
  }

  /** The catalog was read anew: others may have changed it too. */
  #read(known: NameKnowledge): void {
    if (this.#over === known) return;
    this.#over = known;
    const begun = ChangedNames.begin(known);
    this.#before = this.#steps.slice(0, -1).reduce(after, begun);
    this.#last = this.#steps.slice(-1).reduce(after, this.#before);
  }
}

function after(names: ChangedNames, { shapes }: Step): ChangedNames {
  if (shapes === null) return names.after({ changes: [{ kind: 'anything' }] }, false);
  return shapes.reduce((now, shape) => afterShape(now, shape), names);
}

/** What names stand for once a statement has run. */
export function afterShape(names: ChangedNames, shape: StatementShape): ChangedNames {
  if (shape.changes.length === 0) return names;
  return names.after(shape, assess(shape, names).clean);
}
