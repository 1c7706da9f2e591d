import type { ByteSlicer } from './bytes.ts';
import type { Token } from './tokens.ts';

/** Where in the text a statement is, and how to look at its tokens. */
export interface StatementSource {
  readonly slicer: ByteSlicer;
  readonly start: number;
  /** Undefined for the last statement: to the end of the text. */
  readonly end: number | undefined;
  /** Tokens of the whole text. */
  tokens(): readonly Token[];
}
