import type { TestCommand } from 'unbash';
import type { Gathering } from './gathering.ts';
import { exactWord, type ShellWord } from './words.ts';

const meansMoreElsewhere = /[|&;<>()`\n#]/;
const evaluates = /\s-(?:eq|ne|lt|le|gt|ge|v|R|N|o)\s/;

/**
 * `[[` is a keyword of some shells; to the others it is a program, and what stands behind an
 * operator within is a command.
 */
export function judgeTest(node: TestCommand, text: string, out: Gathering): void {
  out.line(text);
  out.command([exactWord('[['), exactWord(text.replace(/^\[\[\s*/, ''))]);
  if (!/^\[\[.*\]\]$/s.test(text)) {
    out.unknown('a test cannot be read');
  } else if (node.expression.type === 'TestLogical' || meansMoreElsewhere.test(text)) {
    out.opaque('not every shell takes [[ … ]] for one command');
  } else if (evaluates.test(text)) {
    out.opaque('arithmetic runs what the values of variables contain');
  }
}

const binary: ReadonlySet<string> = new Set([
  ...['=', '==', '!=', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef'],
]);

const counting: ReadonlySet<string> = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge']);
const number = /^(?:[-+]?\d+|\$[?#$!])$/;

/**
 * `-v` and `-R` of bash evaluate subscripts, and commands within these; what ksh compares as
 * numbers is arithmetic.
 */
export function judgeBracket(operands: readonly ShellWord[], out: Gathering): void {
  operands.forEach((word, index) => {
    if (!counting.has(word.exact ?? '')) return;
    const compared = [operands[index - 1], operands[index + 1]];
    if (compared.some((one) => one !== undefined && !number.test(one.text))) {
      out.opaque('to some shells numbers of a test are arithmetic, which runs what variables hold');
    }
  });
  const risky = operands.some((word, index) => {
    if (word.exact !== null) return word.exact === '-v' || word.exact === '-R';
    if (word.many || /[*?[{]/.test(word.prefix)) return true;
    const next = operands[index + 1];
    const last = next === undefined || next.exact === ']';
    return !last && !binary.has(next.exact ?? '');
  });
  if (risky) out.opaque('a test may run what a variable contains');
}
