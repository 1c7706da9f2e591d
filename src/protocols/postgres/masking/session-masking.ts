import { andThen, type Eventual } from '../../../core/eventual.ts';
import type { Masking } from '../../../core/masking.ts';
import type { SqlDecidable } from '../../../core/operation.ts';
import type { Named } from '../names.ts';
import type { ParsedStatement, SqlParser } from '../sql/parser.ts';
import { type Assessment, assess } from '../sql/provenance/assess.ts';
import { Recent } from '../sql/recent.ts';
import type { ColumnDescription } from '../wire/backend/row-description.ts';
import { catalogUnknown } from './catalog.ts';
import type { CatalogSource } from './catalog-source.ts';
import { changesCatalog, isShown } from './changes-catalog.ts';
import { copiedColumns } from './copy/copied-columns.ts';
import { copyRefusal } from './copy/copy-refusal.ts';
import { describeRows } from './describe-rows.ts';
import { Judged } from './judged.ts';
import { type Protection, protect } from './protection.ts';
import { type Describer, ResultMasks } from './result-masks.ts';
import type { RowMask } from './row-mask.ts';
import { throughName } from './through-name.ts';
import { afterShape, type NamesNow, TransactionChanges } from './transaction-changes.ts';
import { unreadable } from './unknown-names.ts';

export interface SessionMaskingParts {
  readonly masking: Masking;
  /** Null where no rule names columns. */
  readonly source: CatalogSource | null;
  readonly parser: SqlParser;
}

/** A statement as it is judged, with what its names stand for. */
export interface Spoken {
  readonly text: string;
  readonly decidable: SqlDecidable;
  readonly statements: readonly ParsedStatement[];
  readonly behind: readonly Named[];
  /** Of a portal that runs now: what was let through as it was bound. */
  readonly bound?: SqlDecidable;
}

export interface MaskedReading {
  readonly decidable: SqlDecidable;
  /** Null: its answers pass as they are. */
  readonly assessments: readonly Assessment[] | null;
}

/** An OID that is not there is looked for again, but not for every row description. */
const lookAgainMs = 1_000;
const rememberedBytes = 4 << 20;

/** What one session masks: what a statement may do, and what of its answers may be seen. */
export class SessionMasking {
  readonly #parts: SessionMaskingParts;
  readonly #judged = new Judged();
  #protection: Protection | null = null;
  #failure: unknown = null;
  #assessed = new Recent<readonly Assessment[]>(rememberedBytes);
  readonly #changes = new TransactionChanges();

  constructor(parts: SessionMaskingParts) {
    this.#parts = parts;
  }

  get text() {
    return this.#parts.masking.text;
  }

  get masksColumns(): boolean {
    return this.#parts.masking.columns !== null;
  }

  /** To be waited for before a statement is judged. Never rejects: what is missing bars. */
  ready(): Eventual<void> {
    return this.#look();
  }

  /** The statement as rules are to see it, and how its answers are masked. */
  judge(spoken: Spoken): MaskedReading {
    const { text, decidable, statements } = spoken;
    if (this.#parts.source === null) return this.#judgeText(text, decidable, statements);
    if (this.#protection === null) {
      const harmless = decidable.facts.classes.every((each) => each === 'transaction');
      if (harmless) return { decidable, assessments: null };
      const { message } = catalogUnknown(this.#failure).refusal;
      return { decidable: this.#judged.with(decidable, false, message), assessments: [] };
    }
    const assessments = this.#assess(spoken, this.#protection);
    const refusal = this.#refusalOf(assessments, statements);
    const predicate = assessments.some((each) => each.predicate);
    const clean = this.text === null && assessments.every((each) => each.clean);
    return {
      decidable: this.#judged.with(decidable, predicate, refusal),
      assessments: clean ? null : assessments,
    };
  }

  /** What cannot be masked at all: a function known by its OID alone. */
  bar(decidable: SqlDecidable): SqlDecidable {
    return this.#judged.with(decidable, false, 'the answer of a function call cannot be masked');
  }

  results(assessments: readonly Assessment[]): ResultMasks {
    return new ResultMasks(assessments, (columns, assessment, copied) => {
      return this.#describe(columns, assessment, copied);
    });
  }

  /** Of a cursor that was just declared: its rows are those of the catalog as it is now. */
  cursor(query: Spoken): ResultMasks | null {
    const { assessments } = this.judge(query);
    return assessments === null ? null : this.results(assessments);
  }

  /** It has been let through, and others may follow before it is answered. */
  cleared(decidable: SqlDecidable): void {
    if (!changesCatalog(decidable)) return;
    const { parser } = this.#parts;
    const shown = parser.statements(decidable.text).every(({ kind }) => kind !== 'execute');
    const shapes = shown && isShown(decidable) ? parser.shapes(decidable.text) : null;
    this.#changes.note({ by: decidable, shapes }, this.#protection ?? unreadable);
  }

  /** No transaction is open any more. */
  transactionEnded(): void {
    if (!this.#changes.any) return;
    this.#changes.ended();
    this.#parts.source?.changed();
  }

  readonly #textOnly: readonly Assessment[] = [];

  /** Where only detectors mask, of statements nothing is asked but how a COPY is written. */
  #judgeText(
    text: string,
    decidable: SqlDecidable,
    statements: readonly ParsedStatement[],
  ): MaskedReading {
    if (!decidable.facts.copy.includes('to_stdout')) {
      return { decidable, assessments: this.#textOnly };
    }
    const shapes = this.#parts.parser.shapes(text);
    const assessments = shapes.map((shape) => assess(shape, unreadable));
    const refusal = this.#refusalOf(assessments, statements);
    return { decidable: this.#judged.with(decidable, false, refusal), assessments };
  }

  #refusalOf(
    assessments: readonly Assessment[],
    statements: readonly ParsedStatement[],
  ): string | null {
    const refusals = assessments.map((assessment) => {
      if (this.masksColumns && assessment.refusal !== null) return assessment.refusal;
      const masked = this.text !== null || !assessment.clean;
      return masked ? copyRefusal(assessment, statements) : null;
    });
    return refusals.find((each) => each !== null) ?? null;
  }

  #look(maxAge?: number): Eventual<void> {
    const { source, masking } = this.#parts;
    const { columns } = masking;
    if (source === null || columns === null) return;
    let last = this.#catalogSeen;
    const seen = andThen(source.get(maxAge), (catalog) => {
      if (catalog === last) return;
      last = catalog;
      this.#catalogSeen = catalog;
      this.#protection = protect(catalog, columns);
      this.#assessed = new Recent(rememberedBytes);
      this.#failure = null;
    });
    if (!(seen instanceof Promise)) return;
    return seen.catch((error: unknown) => {
      this.#protection = null;
      this.#catalogSeen = null;
      this.#failure = error;
    });
  }

  #catalogSeen: object | null = null;

  #assess(
    { text, decidable, statements, behind, bound }: Spoken,
    known: Protection,
  ): readonly Assessment[] {
    const now = this.#changes.now(known, bound ?? null);
    // Which of several statements may do anything cannot be told.
    const apart = statements.length <= 1 || isShown(decidable);
    const own = (of: string) => this.#inOrder(of, apart ? now : afterAnything(now));
    if (behind.length === 0) return own(text);
    let used = 0;
    return own(text).map((assessment, index) => {
      const kind = statements[index]?.kind;
      if (kind !== 'execute' && kind !== 'fetch') return assessment;
      const inner = own(behind[used++]?.text ?? '');
      return throughName(assessment, inner);
    });
  }

  /** Each statement of a text by what names stand for after those before it. */
  #inOrder(text: string, { names, key }: NamesNow): readonly Assessment[] {
    const place = key === '' ? text : `\0${key}\0${text}`;
    const before = this.#assessed.get(place);
    if (before !== undefined) return before;
    let now = names;
    const made = this.#parts.parser.shapes(text).map((shape) => {
      const assessment = assess(shape, now);
      now = afterShape(now, shape);
      return assessment;
    });
    this.#assessed.set(place, made, 512 + text.length * 4);
    return made;
  }

  #describe(
    columns: readonly ColumnDescription[],
    assessment: Assessment | null,
    copied: Parameters<Describer>[2],
  ): Eventual<RowMask | null> {
    const { masking } = this.#parts;
    const copy = assessment?.copy ?? null;
    const own = () =>
      copy === null || copied === undefined
        ? columns
        : copiedColumns(columns, copy, copied, this.#protection);
    const missing = columns.some(
      ({ tableOid, columnNumber }) =>
        tableOid !== 0 && this.#protection?.maskOf(tableOid, columnNumber) === undefined,
    );
    const now = () =>
      describeRows(own(), assessment, {
        protection: this.#protection,
        dirty: this.#changes.now(this.#protection ?? unreadable).names.anything,
        masksColumns: this.masksColumns,
        text: masking.text,
      });
    if (!missing || masking.columns === null || this.#changes.any) return now();
    return andThen(this.#look(lookAgainMs), now);
  }
}

function afterAnything({ names, key }: NamesNow): NamesNow {
  const changes = [{ kind: 'anything' }] as const;
  return { names: names.after({ changes }, false), key: `${key}/anything` };
}
