import type { Eventual } from '../../../core/eventual.ts';
import { RefusedError } from '../../../core/refusal.ts';
import type { Assessment } from '../sql/provenance/assess.ts';
import type { CopyResponse } from '../wire/backend/copy-response.ts';
import type { ColumnDescription } from '../wire/backend/row-description.ts';
import type { RowMask } from './row-mask.ts';

/** How result columns become masks; asks for the catalog again where it lacks one. */
export type Describer = (
  columns: readonly ColumnDescription[],
  assessment: Assessment | null,
  /** Of COPY: how many columns there are, and their format. */
  copied?: Pick<CopyResponse, 'columnFormats' | 'format'>,
) => Eventual<RowMask | null>;

/**
 * What is masked of the answers to one message, or of one portal, statement after statement. A
 * result of which no description came is never passed on.
 */
export class ResultMasks {
  readonly #assessments: readonly Assessment[];
  readonly #describer: Describer;
  #statement = 0;
  #rows: RowMask | null | undefined = undefined;
  #columns: readonly ColumnDescription[] | null = null;
  /** Asked for, or about to be. */
  descriptionComes = false;

  constructor(assessments: readonly Assessment[], describer: Describer) {
    this.#assessments = assessments;
    this.#describer = describer;
  }

  /** Null: rows pass as they are. Undefined: nothing is known of them. */
  get rows(): RowMask | null | undefined {
    return this.#rows;
  }

  /** The statement that is being answered; null where there are more answers than statements. */
  get assessment(): Assessment | null {
    return this.#assessments[this.#statement] ?? null;
  }

  /** Whether it was made of the same judgement; what has no results proves nothing of them. */
  isOf(assessments: readonly Assessment[]): boolean {
    const own = this.#assessments;
    const same = (each: Assessment, index: number) =>
      (each.proves === own[index]?.proves || (each.outputs ?? own[index]?.outputs) === null) &&
      each.clean === own[index]?.clean &&
      each.predicate === own[index].predicate &&
      each.refusal === own[index].refusal;
    return own.length === assessments.length && assessments.every(same);
  }

  /** Whether errors of the statement could quote something masked. */
  get told(): boolean {
    return this.assessment?.clean !== true;
  }

  /** What masks the rows of the COPY that begins; null where all of them pass. */
  copied(response: CopyResponse): Eventual<RowMask | null> {
    if (this.#columns === null) throw unmaskable('COPY data came without a description');
    return this.#describer(this.#columns, this.assessment, response);
  }

  described(columns: readonly ColumnDescription[]): Eventual<void> {
    if (this.assessment?.copy?.to === 'client') {
      this.#columns = columns;
      return;
    }
    const rows = this.#describer(columns, this.assessment);
    if (!(rows instanceof Promise)) {
      this.#rows = rows;
      return;
    }
    return rows.then((late) => {
      this.#rows = late;
    });
  }

  /** A statement of a simple Query is complete: the next one describes its own rows. */
  statementEnded(): void {
    this.#statement += 1;
    this.#rows = undefined;
    this.#columns = null;
  }
}

export function unmaskable(message: string): RefusedError {
  return new RefusedError({ code: 'UNMASKABLE', message });
}
