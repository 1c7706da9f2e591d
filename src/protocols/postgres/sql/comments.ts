import type { PgQuery } from './pg-query.ts';

const mayHoldComment = /--|\/\*/;
const space = 0x20;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The text with every comment turned into as many spaces, line ends kept, as PostgreSQL's own
 * scanner finds them; every byte offset stays what it was. The same string when it has none.
 */
export function blankComments(text: string, query: Pick<PgQuery, 'tokens'>): string {
  if (!mayHoldComment.test(text)) return text;
  const comments = query.tokens(text).filter((token) => token.comment);
  if (comments.length === 0) return text;
  const bytes = Buffer.from(text, 'utf8');
  for (const { start, end } of comments) {
    for (let index = start; index < end; index += 1) {
      if (bytes[index] !== lineFeed && bytes[index] !== carriageReturn) bytes[index] = space;
    }
  }
  return bytes.toString('utf8');
}
