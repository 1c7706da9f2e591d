import type { PrincipalKind } from './principal.ts';
import type { ScalarMask } from './scalar-mask.ts';
import type { Secret } from './secret.ts';

/** Strictest first: of several that match a value, the first of these is used. */
export const maskStrategies = ['null', 'redact', 'hash', 'fake', 'partial'] as const;
export type MaskStrategy = (typeof maskStrategies)[number];

/** What can be found in text wherever it stands. */
export const detectorNames = [
  'email',
  'card',
  'iban',
  'ssn',
  'phone',
  'jwt',
  'private-key',
  'cloud-key',
  'token',
] as const;
export type DetectorName = (typeof detectorNames)[number];

/** What stands where a redacted value stood. */
export const redactedText = '[masked]';

/** How long a stream that has gone quiet may be held back, in milliseconds. */
export const heldBackAtMostMs = 50;

/** A masking rule as written in the configuration, checked but not compiled. Globs use `*` only. */
export interface MaskingRule {
  readonly name: string | null;
  readonly connections?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Whose sessions it masks; everyone's without it. */
  readonly principals?: MaskingPrincipals;
  /** Whose sessions it leaves as they are. Every key that is there must match. */
  readonly except?: MaskingPrincipals;
  /** Globs over `schema.table.column`, or `table.column` in any schema. */
  readonly columns: readonly string[];
  /** JSON paths: `$.items[*].data.*`. */
  readonly paths: readonly string[];
  readonly detectors: readonly DetectorName[];
  /** RE2 syntax, by name; they find as detectors do. */
  readonly patterns: Readonly<Record<string, string>>;
  readonly strategy: MaskStrategy;
  /** For hash and fake; null takes the gateway's own. */
  readonly key: Secret | null;
  /** Whether Kubernetes Secrets show what they hold; masked unless a rule says `show`. */
  readonly secrets: 'mask' | 'show' | null;
  /** Who may lift it, for how long; null: nobody. */
  readonly unmask: Unmask | null;
}

export interface Unmask {
  /** The chain that must approve. */
  readonly chain: string;
  /** Milliseconds from the approval on. */
  readonly forMs: number;
}

export interface LiftableRule extends MaskingRule {
  readonly unmask: Unmask;
}

/** Globs, but for kinds. */
export interface MaskingPrincipals {
  readonly groups?: readonly string[];
  readonly users?: readonly string[];
  readonly kinds?: readonly PrincipalKind[];
}

export interface MaskingSpec {
  readonly rules: readonly MaskingRule[];
  /** Of `maskingKey`; null: the gateway keeps one of its own beside its store. */
  readonly key: Secret | null;
}

/** What is done to one value. */
export interface Mask {
  readonly strategy: MaskStrategy;
  /** A whole value in, what stands for it out; null stands for no value at all. */
  apply(value: string): string | null;
  /**
   * The same for many values a second: masks the value that lies in `bytes`, writes what stands
   * for it to `out` at `at`, and returns how many bytes that took, `shortMaskBytes` at most.
   * Negative where `apply` must be asked. `out` has room for so many.
   */
  readonly write?: MaskWriter;
  /** For values that are no text; without it there is nothing that could stand for them. */
  readonly scalars?: ScalarMask;
  /** NULL is masked as a value is: that there is none would tell what it was computed from. */
  readonly masksNull?: true;
}

export type MaskWriter = (
  bytes: Buffer,
  start: number,
  end: number,
  out: Buffer,
  at: number,
) => number;

export const shortMaskBytes = 64;

/** Where a value comes from: the names of the catalog, not those that a statement gives. */
export interface ColumnName {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/** What is to be masked of some bytes, `[start, end)`, and how. */
export interface MaskedSpan {
  readonly start: number;
  readonly end: number;
  readonly mask: Mask;
}

/** Masks what its detectors find in text. Bytes are UTF-8 or anything else; what is not found stays. */
export interface TextMasker {
  /** The very same buffer when there is nothing to mask. */
  mask(bytes: Buffer): Buffer;
  /** Whether `mask` would change it. */
  finds(bytes: Buffer): boolean;
  /** The one byte without which nothing is found; null where no byte is that. */
  readonly needs: number | null;
  /** False where `finds` would surely say so, at the price of a glance. */
  mayFind(bytes: Buffer, start: number, end: number): boolean;
  /**
   * What `mask` would replace in `[start, end)`, in order and apart from each other, for many values
   * a second: without a view of them. Null where `mask` must be asked.
   */
  find(bytes: Buffer, start: number, end: number): readonly MaskedSpan[] | null;
  maskString(text: string): string;
  /** For bytes that come in pieces. */
  stream(): StreamMasker;
}

/**
 * Masks a stream in pieces that are cut anywhere. What may be the beginning of something to be
 * masked is held back until its end is known; what is held is bounded.
 */
export interface StreamMasker {
  /** What may leave now. */
  write(bytes: Buffer): Buffer;
  /** Whether anything is held back. */
  readonly holding: boolean;
  /**
   * Lets go of what is held, after `heldBackAtMostMs` without more: masked as if the stream
   * ended here. What then turns out to have been half of something has left; its rest is masked.
   */
  release(): Buffer;
  /** The stream is over. */
  end(): Buffer;
}

/**
 * What one session masks. A session that masks nothing has none, so that it costs nothing.
 * Made once for a session; holds no state of its own.
 */
export interface Masking {
  /** Null when no rule names columns. */
  readonly columns: ColumnMasking | null;
  /** Null when no rule names detectors. */
  readonly text: TextMasker | null;
  /** For JSON bodies; null when no rule names paths or detectors, and Secrets are not masked. */
  readonly json: JsonMasker | null;
  /** Whether JSON is masked for Secrets alone: other bodies need not be looked at. */
  readonly secretsOnly: boolean;
}

export interface JsonMasker {
  /** For a JSON text, or `many` one after the other, that comes in pieces. */
  stream(from: JsonSource): JsonStream;
}

export interface JsonSource {
  /** It comes from where Kubernetes keeps Secrets. */
  readonly secret: boolean;
  readonly many: boolean;
}

/**
 * Gives the same text with what is masked replaced. What has to be known before anything can leave
 * is held back, and bounded. Throws an UnreadableJsonError: nothing that follows may leave.
 */
export interface JsonStream {
  /** What may leave now. */
  write(bytes: Buffer): Buffer;
  /** The text is over. */
  end(): Buffer;
}

export interface ColumnMasking {
  /** Null: nothing masks this column. Linear in the rules: remember the answer per column. */
  maskFor(column: ColumnName): Mask | null;
  /** Whether any column of a table of this name may be masked; a null schema may be any. */
  touchesTable(schema: string | null, table: string): boolean;
}
