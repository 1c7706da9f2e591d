import type {
  AnsiCQuotedPart,
  ArithmeticExpansionPart,
  CommandExpansionPart,
  ParameterExpansionPart,
  SyntaxNode,
} from 'unbash';
import type { Gathering } from './gathering.ts';
import { harmlessInShell } from './variables.ts';

const digitsOnly = /^\$\(\([\d\s+*/%()<>=!&|^~?:-]*\)\)$/;
const operand = /(?:[\w\s./:,@%+*?=-]|\$\w+|\$\{\w+\})*/.source;
const name = /#?(?:[A-Za-z_]\w*|\d+|[@*#?$!-])/.source;
const simple = new RegExp(`^\\$\\{${name}(?:(:?[-+?=]|%%?|##?|//?|\\^\\^?|,,?)${operand})?\\}$`);
const slice = /^\$\{(?:[A-Za-z_]\w*|\d+):\d+(?::\d+)?\}$/;

/** Only what every shell ends at the same place, and takes for text and nothing more. */
function judgeParameter(node: ParameterExpansionPart, out: Gathering): void {
  const match = simple.exec(node.text);
  if (match === null && !slice.test(node.text)) {
    out.opaque(`not every shell reads ${node.text} alike, or it may run what a variable contains`);
  } else if (match?.[1]?.endsWith('=') && !harmlessInShell(node.parameter, null)) {
    out.opaque(`the variable ${node.parameter} is set, which may change what the command means`);
  }
}

/** Beyond digits: shells evaluate the values of variables, and commands that these contain. */
function judgeArithmetic(node: ArithmeticExpansionPart, out: Gathering): void {
  if (digitsOnly.test(node.text) && node.expression !== undefined) return;
  out.opaque('arithmetic runs what the values of variables contain');
}

function judgeCommandExpansion(node: CommandExpansionPart, out: Gathering): void {
  if (node.text.startsWith('${')) out.opaque('not every shell knows a substitution in braces');
  if (node.text.startsWith('$((')) out.unknown('shells disagree about what $(( begins');
  if (node.text.startsWith('`') && node.text.includes('\\')) {
    out.opaque('shells disagree about backslashes within backquotes');
  }
}

function judgeAnsiC(node: AnsiCQuotedPart, out: Gathering): void {
  if (node.text.includes("\\'")) out.unknown("shells disagree about where $'…' ends");
}

/** What a node within a word means beyond its kind. */
export function judgePart(node: SyntaxNode, out: Gathering): void {
  switch (node.type) {
    case 'ParameterExpansion':
      judgeParameter(node, out);
      break;
    case 'ArithmeticExpansion':
      judgeArithmetic(node, out);
      break;
    case 'CommandExpansion':
      judgeCommandExpansion(node, out);
      break;
    case 'AnsiCQuoted':
      judgeAnsiC(node, out);
      break;
    case 'ExtendedGlob':
      out.unknown('not every shell reads a pattern with parentheses alike');
  }
}
