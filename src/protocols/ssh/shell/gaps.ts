import type { Command } from 'unbash';
import type { Gathering } from './gathering.ts';

const blank = /^(?:[ \t]|\\\n)*$/;
const bracketNext = /^(?:[ \t]|\\\n)*\(/;

/**
 * Nothing but blanks may stand between the words of a command: the parser passes over an opening
 * bracket behind a name (`a (b`), where shells see an error.
 */
export function judgeGaps(node: Command, source: string, out: Gathering): void {
  const parts = [...node.prefix, ...(node.name ? [node.name] : []), ...node.suffix];
  let end = node.pos;
  let blanks = true;
  for (const part of parts) {
    blanks &&= blank.test(source.slice(end, part.pos));
    end = part.end;
  }
  if (!blanks || bracketNext.test(source.slice(end))) {
    out.unknown('the command does not parse: a part of it stands where none may be');
  }
}
