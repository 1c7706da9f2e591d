import type { JsonValue } from '../../../core/json.ts';
import { fieldsOf, listOf, numberOf, stringOf } from './tree.ts';

/** A token of PostgreSQL's scanner. `start` and `end` are offsets in the UTF-8 bytes. */
export interface Token {
  readonly start: number;
  readonly end: number;
  /** As written, lower case for key words. */
  readonly text: string;
  readonly reserved: boolean;
  readonly comment: boolean;
}

export function tokensOf(scan: JsonValue | null): Token[] {
  return listOf(fieldsOf(scan ?? undefined).tokens).map((item) => {
    const token = fieldsOf(item);
    const reserved = stringOf(token.keywordName) === 'RESERVED_KEYWORD';
    const text = stringOf(token.text);
    return {
      start: numberOf(token.start),
      end: numberOf(token.end),
      text: reserved ? text.toLowerCase() : text,
      reserved,
      comment: stringOf(token.tokenName).endsWith('_COMMENT'),
    };
  });
}
